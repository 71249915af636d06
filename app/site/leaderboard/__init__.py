"""The leaderboard page, part by part: its controls, what they choose, its charts."""
