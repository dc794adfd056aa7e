"""What screens are made of: icons, gauges, pictures, the strip and the button bar."""
