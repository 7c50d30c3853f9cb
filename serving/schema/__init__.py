"""Tables of ``forewarn.db``; ``serving.migrations`` leads from older versions to these."""
