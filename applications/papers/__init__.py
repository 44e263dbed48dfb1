"""The papers that the hall issues: which there are, what they say, how they are printed."""
