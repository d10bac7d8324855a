"""Gold questions asked through the public door, and what the answers are worth."""
