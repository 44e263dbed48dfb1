"""The managers' overview: where the open cases stand, what was kept, what it costs, what will probably be late."""
