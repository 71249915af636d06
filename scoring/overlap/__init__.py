"""What ROUGE, BLEU and chrF count: words and characters as numbers, and what two texts share of
them.

rouge-score and sacrebleu define the values. They count in Python, a pair and a metric at a time;
here NumPy counts the n-grams of many pairs at once, RapidFuzz finds longest common subsequences,
and a word is stemmed once. The tests hold every count against both libraries.
"""
