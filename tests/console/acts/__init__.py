"""What a user does with every action of every screen, and sees then."""
