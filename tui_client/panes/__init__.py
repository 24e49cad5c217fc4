"""What stands around a conversation: lists at its sides, a line above and one below."""
