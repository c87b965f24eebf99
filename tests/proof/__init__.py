"""The long series behind Lucien's promises; the suite holds a short sample of each (`make proof`)."""
