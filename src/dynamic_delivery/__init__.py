"""Where the rooms below are joined: what one of them makes is handed to another, and judged."""
