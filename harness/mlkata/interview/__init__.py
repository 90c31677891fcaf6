"""`kata interview`: a prompt that leaves things open, answers for who asks, a clock, a scorecard."""
