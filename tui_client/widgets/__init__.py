"""What is drawn: widgets that show the state and ask for actions by messages."""
