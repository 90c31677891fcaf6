"""`kata watch` as an application that fills the terminal. Only it imports textual."""
