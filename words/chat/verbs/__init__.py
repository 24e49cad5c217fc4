"""What an attachment can do, a file a topic. All verbs run within a turn."""
