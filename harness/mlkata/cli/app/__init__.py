"""`kata watch` as a full-screen application. Only this package imports textual."""
