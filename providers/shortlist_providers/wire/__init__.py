"""What the served kinds share: requests and replies on the wire, and how their failures are classified."""
