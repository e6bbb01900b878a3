// What is said of the starter's origin in the folder itself.
export const notice = `Trainyard starter: static word-piece vectors

Distilled from sentence-transformers/all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2),
Copyright its authors, Apache License, Version 2.0 (https://www.apache.org/licenses/LICENSE-2.0). Its tokenizer is the one
of that model, less its unused pieces. Changes: the vectors of single word-pieces and of texts, as that model gives them,
were reduced to 256 dimensions and trained into one table, kept in 8 bits (scripts/starter). This folder is under the same
licence.

Texts learned from: templates and sample phrases of this project, bags of words of the vocabulary, and English plain text
(reports of the Australian Broadcasting Commission of 2006 and plays of Shakespeare, both from the corpora of NLTK). No set
of sentences or labels that the starter is measured with was used.
`;
