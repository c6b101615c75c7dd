"""The ground floor: errors, arrays, job names and the envelope that every answer travels in."""
