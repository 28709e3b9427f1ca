"""The shapes in which survival is handed over: every module here is one, and turns it into days and events."""
