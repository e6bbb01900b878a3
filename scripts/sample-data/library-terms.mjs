// Things each code's books speak of, for the sample `library-taxonomy`: the frames of library-tree.mjs put them into
// sentences. Many stand under more than one code, as they do in life: memory, cells, networks, roots, scales, courts.

const lists = {
  '004': 'routers, memory, backups, cables, networks, firewalls, processors, keyboards, latency, storage, servers, viruses, wireless links, screens, bandwidth, passwords, power supplies, ports',
  '005': 'loops, bugs, functions, tests, compilers, databases, code reviews, libraries, queries, threads, types, scripts, arrays, releases, trees, memory leaks, parsers, interfaces',
  '020': 'catalogues, shelves, borrowers, archives, manuscripts, bindings, reading rooms, indexes, late fees, donations, microfilm, classification, periodicals, stacks, loans, deposits, collections, bookmobiles',
  150: 'memory, attention, anxiety, habits, sleep, emotions, experiments, infants, therapy, moods, perception, networks of thoughts, reaction times, dreams, motivation, trauma, questionnaires, personality',
  170: 'duties, promises, conscience, virtue, blame, consequences, strangers, animals, dilemmas, honesty, guilt, rights, character, kindness, consent, utility, shame, justice',
  220: 'psalms, prophets, gospels, parables, scribes, scrolls, epistles, verses, covenants, apostles, exile, commentaries, translations, creation, angels, kings, sermons, canons',
  290: 'temples, pilgrims, monks, festivals, gods, fasting, shrines, prayers, rituals, myths, offerings, sects, meditation, ancestors, mosques, sacrifices, relics, chants',
  320: 'elections, parties, ministers, treaties, voters, coalitions, borders, protests, ballots, campaigns, parliaments, mayors, sanctions, lobbies, constitutions, summits, propaganda, committees',
  330: 'wages, prices, banks, markets, debts, inflation, trade, taxes, savings, firms, unions, tariffs, bubbles, pensions, interest rates, poverty, budgets, shares',
  340: 'contracts, courts, judges, witnesses, juries, statutes, evidence, trials, tenants, wills, sentences, appeals, crimes, damages, clauses, patents, prisons, oaths',
  370: 'pupils, classrooms, exams, homework, curricula, lessons, textbooks, teachers, marks, kindergartens, universities, parents, playgrounds, inspections, scholarships, reading, lectures, apprentices',
  410: 'vowels, verbs, dialects, syntax, suffixes, consonants, grammars, signs, alphabets, roots, meaning, loan words, tones, pronouns, accents, corpora, scripts, plurals',
  420: 'dialogues, idioms, vocabulary cards, interpreters, drills, subtitles, beginners, pronunciation, dictionaries, false friends, exercises, conversation, tutors, phrase books, versions, translators, irregular verbs, evening classes',
  510: 'primes, proofs, theorems, curves, graphs, groups, equations, probability, triangles, limits, numbers, sets, matrices, conjectures, knots, fractions, networks, integrals',
  520: 'comets, moons, stars, telescopes, orbits, galaxies, planets, eclipses, spectra, dust, mirrors, meteors, constellations, black holes, light years, observatories, tides, redshifts',
  550: 'glaciers, volcanoes, rocks, floods, sediments, earthquakes, storms, droughts, minerals, coasts, monsoons, fossils, rain gauges, faults, caves, soils, currents, forecasts',
  570: 'cells, genes, bacteria, species, beetles, evolution, proteins, predators, enzymes, birds, embryos, cultures, membranes, habitats, mutations, parasites, fish, DNA',
  580: 'mosses, orchids, seeds, leaves, ferns, roots, pollen, trees, lichens, petals, algae, grasses, bark, herbaria, stems, wild flowers, spores, hedges',
  610: 'patients, fevers, vaccines, wards, surgery, drugs, symptoms, nurses, infections, pain, hearts, diagnoses, doses, clinics, lungs, bandages, allergies, recovery',
  620: 'bridges, turbines, concrete, tunnels, engines, batteries, steel, gears, dams, pumps, cranes, valves, welds, beams, motors, fuel cells, scaffolds, vibrations',
  630: 'soil, goats, orchards, bees, wheat, hedges, cows, ploughs, compost, harvests, fodder, vegetables, pests, pastures, irrigation, hens, grafting, tractors',
  640: 'bread, soups, ovens, knives, spices, pickles, dough, stains, pantries, linen, recipes, menus, leftovers, jam, dumplings, kettles, roots and tubers, table manners',
  720: 'stairs, courtyards, facades, domes, windows, towers, vaults, plans, bricks, arches, balconies, streets, roofs, columns, models, squares, timber, ruins',
  780: 'cellos, choirs, scales, chords, organs, melodies, rhythms, quartets, songs, scores, concerts, composers, keys, drums, voices, rehearsals, sonatas, records',
  790: 'matches, goalkeepers, chess, climbers, races, injuries, referees, swimmers, cards, teams, training plans, penalties, puppets, tournaments, rowing, jugglers, fans, fields',
  810: 'sonnets, stanzas, rhymes, elegies, ballads, haiku, metre, metaphors, verses, odes, anthologies, line breaks, lyrics, silence, images, refrains, couplets, syllables',
  820: 'characters, plots, heroines, narrators, detectives, secrets, families, dialogue, love stories, villains, letters, chapters, ghosts, endings, orphans, murders, memories, sequels',
  910: 'journeys, ferries, passes, deserts, islands, maps, hostels, trains, harbours, footpaths, guides, camels, border posts, summits, canoes, suitcases, inns, roads',
  940: 'sieges, empires, kings, revolutions, trenches, peasants, treaties, emigrants, chronicles, dynasties, occupations, guilds, fairs, plague years, courts, famines, crusades, medals',
};

export const terms = Object.fromEntries(Object.entries(lists).map(([code, list]) => [code, list.split(', ')]));
