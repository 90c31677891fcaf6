"""`kata report`: what has been done in a workspace over time, as text and as a page."""
