"""`kata report`: the candidate's progress over time, as text and as an HTML page."""
