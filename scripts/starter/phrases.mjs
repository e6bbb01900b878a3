// Sentences the starter learns from, as templates over word lists: what people see, do, feel, ask, report and want. Written
// by hand for this project. `(a|b|)` is a choice, `{name}` a slot. They show how words combine; what single words mean
// comes from the teacher.

export const templates = [
  '{det} {who} (is|was) {doing}',
  '{det} {look} {who} (is|was) {doing} {where}',
  'two {whoMany} are {doing} {where}',
  '(some|three|several|many|a group of) {whoMany} (are|were) {doing}',
  '{det} {who} {wearing} (is|was) {doing}',
  '{det} {who} and {det} {who} are {doing} {where}',
  '{det} {animal} is {animalDoing}',
  '{det} {colour} {animal} is {animalDoing} {where}',
  'two {animal}s are {animalDoing} {where}',
  '{det} {who} is {handling} {det} {thing}',
  '{det} {who} is {handling} {det} {colour} {thing} {where}',
  '{det} {thing} is being {handled} by {det} {who}',
  'nobody is {doing}',
  '{det} {who} is not {doing}, (he|she) is {doing}',
  'there is {det} {look} {thing} {where}',
  'there (is no|are two|are many|were some) {thing} {where}',
  '{det} {colour} {vehicle} is (parked|driving|standing|waiting) {where}',
  '{det} {vehicle} (goes|drives|passes) (by|away|fast|slowly) {where}',
  '{det} {who} (cuts|slices|peels|chops|cooks|washes|fries|mixes) {det} {food}',
  '{det} {who} is (cutting|slicing|peeling|cooking|washing|frying|mixing|eating) {food}',
  '{who} (plays|is playing|practises|was playing) {det} {instrument}',
  '{det} {who} (rides|is riding|fell off|got on) {det} {ride}',
  '{country} (beats|loses to|draws with|meets|plays) {country} in {sport}',
  '{country} (signs|rejects|delays|debates|breaks) {deal} with {country}',
  '(president|prime minister|foreign minister|government|parliament) of {country} (visits|warns|criticises|thanks|meets|accuses) {country}',
  '{n} (killed|injured|dead|missing|hurt|rescued) (in|after) {disaster} in {country}',
  '{disaster} (hits|strikes|shakes|threatens) {country}, {n} (dead|injured|missing)',
  '(police|officials|the army|rescuers|doctors) (say|said|confirm|deny) {n} people (died|were injured|were arrested|are missing) in {country}',
  '(shares|stocks|oil|gold|the dollar|the euro|prices) (rise|fall|jump|drop|close higher|close lower|are little changed) (on|after|amid) {economy}',
  '{company} (shares|profits|sales) (rose|fell|gained|lost) {n} percent (to {n} dollars|on {day}|in the {quarter} quarter)',
  '{company} (buys|sells|sues|hires|closes|opens) {business} in {country}',
  'the {quarter} quarter (profit|loss|revenue) was {n} (million|billion) (dollars|euros|pounds)',
  '{person} (dies|died) at the age of {n}',
  'court (sentences|frees|charges|clears) {person} (over|for|of) {crime}',
  '{person} is (accused of|charged with|suspected of|jailed for) {crime}',
  'protesters (march|clash with police|gather|demand elections) in {country}',
  'scientists (find|discover|study|describe|report) {science}',
  '(a new|the latest|an early) study (shows|suggests|finds|claims) that {science} (causes|prevents|affects|explains) {health}',
  'researchers at the university of {city} (found|measured|tested) {science}',
  '(how|where|when) (can|do|should|could) I {task}',
  '(what|which) is the (best|easiest|cheapest|right|fastest) (way|method) to {task}',
  '(is it possible|is it safe|is it a good idea|does it make sense) to {task}',
  'I (want|need|would like|am trying|tried|forgot) to {task}',
  'why (does|did|is) my {device} {fault}',
  'my {device} {faulted} (again|today|since the update|and I do not know why|)',
  'the {device} (will not|does not|cannot) {deviceDo}',
  'should I (buy|sell|repair|return|keep|replace) my {device}',
  'how (much|many) {measure} (is|are) (in|on|needed for|left in) {det} {thing}',
  'you (should|must|can|could|need to|do not have to) {task} (first|before that|if you can|)',
  'it (depends on|is about|has nothing to do with|all comes down to) {abstract}',
  '{abstract} (is|was|seems) (more|less) important than {abstract}',
  'I (think|believe|doubt|guess|know) (that|) {abstract} is {opinion}',
  'the {film} was {opinion}, (but|and) the {part} (was|were) {opinion}',
  '{opinion} {film} with {det} {opinion} {part}',
  'one of the most {opinion} {film}s I have (seen|read|heard) (this year|in a long time|)',
  'I (love|hate|like|enjoy|miss|prefer|cannot stand) {liked}',
  'I am (so|very|really|a bit|not) {feeling} (about|because of|after) {cause}',
  '(he|she|my {family}) (feels|felt|looks|seems|sounds) {feeling}',
  '{feelingWord}, (that is|this is|it was) {opinion}',
  'this (makes|made) me {feeling}',
  'thank you (so much|) for {cause}',
  'I am sorry (to hear about|for|about) {cause}',
  'congratulations on {cause}',
  'my {family} (lives|works|studied|was born|moved) (in|near|to) {city}',
  'my {family} is (a|an) {job}',
  '{det} {job} (works|earns|learns|helps|travels) (a lot|every day|in {city}|with {whoMany}|)',
  '(flights|trains|buses|ferries) (from {city} to {city}|to {country}) are (late|cancelled|cheap|full|expensive)',
  'we (booked|cancelled|missed|changed|enjoyed) (a|our|the) (flight|train|hotel|trip|holiday) to {city}',
  '(the weather|it) is (getting|) {weather} in {city} (today|this week|tomorrow|)',
  '(heavy|light|more|no) (rain|snow|wind|fog|sunshine) is expected in {country} (on {day}|)',
  'the {place} (opens|closes) (at {n}|early|late) (on {day}|)',
  'meet me at the {place} (at {n}|on {day}|after work|)',
  'the {place} is (next to|behind|far from|opposite|near) the {place}',
  'I have (a|an) {ache} (since {day}|and I feel {feeling}|)',
  'the doctor (says|said) (I have|it is|it is not|you have) {health}',
  '(take|stop taking|avoid|ask about) {medicine} for {health}',
  'add {n} (grams|spoons|cups|pieces) of {food} and {food}',
  'serve the {food} with {food} and {food}',
  '{food} tastes (good|bad|better|strange) with {food}',
  'please (send|give|show|lend|bring|pass) me the {thing}',
  '(can you|could you|would you) {favour} (for me|please|today|)',
  'payment (of|for) {n} (euros|dollars|pounds) (failed|was declined|is pending|went through|was charged twice)',
  'my (card|account|password|transfer|refund|statement|balance|PIN) (is|was) (blocked|missing|wrong|late|stolen|not accepted|empty|lost)',
  'the (exchange rate|fee|interest|limit|price|tax|rent) (is|was) too (high|low|unfair)',
  'the (teacher|student|pupil|professor|class) (explains|learns|forgot|passed|failed) the (exam|lesson|homework|test|subject)',
  '{subject} is (hard|easy|fun|useful|boring) to learn',
  'the {part2} of the {thing} is (broken|missing|loose|dirty|new|too long|too small)',
  '(press|open|close|turn|remove|clean|check) the {part2} (of the {thing}|before you {task}|)',
  '(the|this|our) {software} (crashes|freezes|updates|stores|deletes|sends|reads) (the|your|all|) {data}',
  'the function (returns|takes|checks|ignores|sorts) (a list|a number|an error|the text|the {data})',
  'in {year} {person} (won|lost|wrote|invented|founded|left) (the war|the election|the prize|a book|a company|{business})',
  'the (war|battle|revolution|treaty|empire) of {country} (began|ended|changed everything) in {year}',
  'the (king|queen|emperor|general|bishop) of {country} (died|ruled|was crowned|was murdered) in {year}',
  '(farmers|growers|fishermen|exporters) in {country} (fear|welcome|expect|report) {farming}',
  '{farming} (hurts|helps|worries|surprises) (farmers|growers|the industry|exporters) in {country}',
  'the (song|band|singer|choir|orchestra|concert) (was|sounded) {opinion}',
  'the law (allows|forbids|requires|protects) {abstract}',
  '(more|fewer) people (vote|smoke|travel|work from home|buy online|read books|use the bus) (in {country}|than in {year}|)',
];

const list = (text) => text.trim().split(/\s*,\s*/);

export const words = {
  det: list('a, the, one, a, the, this'),
  who: list(
    'man, woman, boy, girl, child, baby, person, lady, young man, old man, little girl, kid, toddler, cyclist, dancer, player, chef, runner, swimmer, soldier, surfer, skater, climber, gymnast, singer, monk, cowboy, guard, clown, priest, guest, stranger, neighbour, customer, driver, rider',
  ),
  whoMany: list(
    'men, women, boys, girls, children, people, kids, ladies, students, players, dancers, friends, soldiers, tourists, workers, runners, couples, babies, teenagers, colleagues, neighbours, customers, parents',
  ),
  look: list(
    'young, old, tall, small, big, happy, sad, tired, strong, pretty, strange, broken, new, wet, dirty, huge, tiny, blonde, bald, pregnant, lonely, angry, wooden, empty, beautiful',
  ),
  wearing: list(
    'in a red shirt, in a hat, wearing glasses, with a beard, wearing a blue jacket, in a black dress, with long hair, in a wheelchair, with a backpack, wearing sunglasses, in uniform, with an umbrella, wearing a helmet, in a white coat, without shoes',
  ),
  doing: list(
    'dancing, singing, running, walking, sleeping, sitting down, standing up, reading a book, writing a letter, talking on the phone, cooking dinner, eating lunch, drinking water, playing football, playing chess, swimming in a pool, riding a bicycle, climbing a wall, jumping into the water, laughing, crying, smiling, fighting, working, waiting for the bus, taking a photo, painting a picture, cleaning the kitchen, driving a car, lifting weights, doing exercises, putting on makeup, brushing teeth, feeding the ducks, folding paper, mowing the lawn, throwing a ball, kicking a ball, catching a fish, shooting a gun, watching television, listening to music, shopping, smoking a cigarette, hiking, skiing, surfing, praying, arguing, typing, sewing, knitting, digging a hole, flying a kite, hugging a friend, kissing, carrying a box, looking at the sky, crossing the street, playing cards, speaking to a crowd, posing for a picture',
  ),
  where: list(
    'on the beach, in the park, in the street, at home, in the kitchen, on a stage, in the water, in the snow, on the grass, at the table, near the river, in the forest, on the roof, in front of a house, in a field, under a tree, on a bench, in the garden, by the window, on the floor, at a market, in the city, on a mountain, at the station, in the classroom, in an office, outdoors, indoors, at night, in the rain, on a road, beside a lake, in a crowd, on a boat, in a restaurant, behind a fence, on a hill, inside a cage, on the sofa, in bed',
  ),
  animal: list(
    'dog, cat, horse, cow, bird, monkey, elephant, panda, tiger, lion, rabbit, squirrel, goat, duck, hamster, bear, snake, puppy, kitten, turtle, fox, pig, camel, zebra, eagle, parrot, donkey, lizard, frog, dolphin',
  ),
  animalDoing: list(
    'running, sleeping, eating, barking, playing with a ball, chasing a cat, jumping over a fence, swimming, drinking milk, looking out of the window, lying down, digging, standing still, walking, biting a stick, climbing a tree, flying, hiding, licking its paw, rolling on its back, pulling a cart, grazing, sniffing the ground, catching a frisbee',
  ),
  handling: list(
    'holding, carrying, opening, closing, buying, selling, cleaning, breaking, fixing, throwing, pushing, pulling, looking at, painting, moving, dropping, using, hiding, measuring, lifting, building, burning, washing, stealing',
  ),
  handled: list(
    'held, carried, opened, closed, bought, sold, cleaned, broken, fixed, thrown, pushed, pulled, painted, moved, dropped, used, hidden, measured, lifted, built, burned, washed, stolen',
  ),
  thing: list(
    'box, bottle, book, chair, table, door, window, lamp, phone, camera, knife, cup, bag, ball, hat, shirt, shoe, key, clock, mirror, letter, picture, newspaper, bed, carpet, umbrella, computer, guitar, drum, flower, tree, stone, rope, ladder, hammer, gun, sword, coin, wallet, ring, ticket, map, flag, basket, candle, blanket, pillow, sofa, oven, fridge, washing machine, bucket, broom, fence, bridge, tower, wall, statue, paper, pen, keyboard, screen, television, toy, doll, kite, tent, cage',
  ),
  colour: list(
    'red, blue, green, yellow, black, white, brown, grey, orange, pink, purple, golden, silver, dark, bright',
  ),
  vehicle: list(
    'car, bus, train, truck, motorcycle, bicycle, boat, ship, plane, helicopter, taxi, tractor, van, tram, ambulance, fire engine, ferry, scooter, jet, locomotive',
  ),
  food: list(
    'bread, butter, cheese, milk, egg, meat, chicken, beef, pork, fish, rice, pasta, potato, tomato, onion, garlic, carrot, pepper, cucumber, salad, soup, apple, banana, orange, lemon, grape, strawberry, cake, chocolate, sugar, honey, salt, oil, flour, tea, coffee, wine, beer, juice, water, sauce, cream, nuts, beans, corn, pizza, sandwich, broccoli, mushroom, shrimp, tofu',
  ),
  instrument: list(
    'guitar, piano, violin, flute, drum, trumpet, cello, keyboard, saxophone, harp, accordion, clarinet',
  ),
  ride: list('horse, bicycle, motorcycle, skateboard, wave, bull, camel, scooter, train, roller coaster, elephant'),
  country: list(
    'Germany, France, Spain, Italy, Poland, Russia, Ukraine, China, Japan, India, Pakistan, Iran, Iraq, Israel, Egypt, Syria, Turkey, Greece, Brazil, Mexico, Canada, the United States, the United Kingdom, Australia, Indonesia, Korea, North Korea, South Africa, Nigeria, Kenya, Sudan, Libya, Afghanistan, Thailand, Vietnam, the Philippines, Argentina, Chile, Cuba, Venezuela, Sweden, Norway, Denmark, the Netherlands, Belgium, Switzerland, Austria, Hungary, Ireland, Portugal, Lebanon, Yemen, Somalia, Mali, Bangladesh, Nepal, Myanmar',
  ),
  city: list(
    'London, Paris, Berlin, Madrid, Rome, Warsaw, Moscow, Kiev, Beijing, Shanghai, Tokyo, Delhi, Mumbai, Tehran, Baghdad, Jerusalem, Cairo, Damascus, Istanbul, Athens, New York, Boston, Chicago, Los Angeles, Texas, Toronto, Sydney, Melbourne, Seoul, Bangkok, Manila, Jakarta, Lagos, Nairobi, Gaza, Kabul, Vienna, Zurich, Amsterdam, Dublin',
  ),
  deal: list(
    'a trade deal, a peace agreement, an arms treaty, a border agreement, a gas contract, a nuclear deal, a cease fire, sanctions, talks, aid, a loan, an alliance',
  ),
  sport: list(
    'football, the final, tennis, rugby, cricket, basketball, hockey, the world cup, the qualifiers, extra time, a friendly match, swimming, cycling, boxing, the semifinal, golf, athletics',
  ),
  n: list(
    '2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 17, 20, 23, 30, 40, 50, 60, 75, 90, 100, 150, 200, 500, 1000, two, three, four, five, six, seven, ten, dozens, twelve, hundreds',
  ),
  disaster: list(
    'an earthquake, a flood, a bomb attack, a train crash, a plane crash, a fire, a storm, a hurricane, a typhoon, a shooting, a car bomb, an explosion, a landslide, an avalanche, a suicide bombing, a stampede, a drone strike, an air strike, a ferry accident, a bus crash, a volcano eruption, a drought, a heat wave, an epidemic, a mine collapse',
  ),
  economy: list(
    'weak growth, job data, fears of inflation, interest rates, strong earnings, trade tensions, oil prices, hopes for a deal, the crisis, profit warnings, unemployment figures, consumer spending, the budget, bank losses, tax cuts, rising debt, exports',
  ),
  company: list(
    'the airline, the bank, the software company, the car maker, the oil company, the phone maker, the retailer, the drug maker, the insurer, the chip maker, the steel maker, the broadcaster, the newspaper group, the supermarket chain, the start-up, the railway',
  ),
  business: list(
    'a factory, a rival, a shop, a new office, its bank unit, a plant, a hotel, a newspaper, a data centre, a mine, a brewery, a studio, engineers, its founder, a farm, a port',
  ),
  quarter: list('first, second, third, fourth, last'),
  day: list('Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, the weekend, yesterday, today, tomorrow'),
  person: list(
    'the former president, the actor, the singer, the writer, the football coach, the senator, the minister, the judge, the general, the poet, the scientist, the officer, the priest, the activist, the journalist, the banker, the rebel leader, the pope, the prince, the painter, the inventor, the mayor',
  ),
  crime: list(
    'murder, fraud, corruption, theft, spying, tax evasion, rape, kidnapping, drug trafficking, terrorism, assault, robbery, perjury, insider trading, war crimes, blackmail, arson, bribery',
  ),
  science: list(
    'a new planet, a gene, a virus, dark matter, ancient bones, a fossil, ice on Mars, climate change, sleep, exercise, sugar, salt, pollution, stress, coffee, a protein, brain cells, gravity, black holes, bacteria, whales, coral reefs, solar energy, stem cells, carbon dioxide, ocean currents, a comet, quantum computers, insects, vaccines, the ozone layer, radiation, memory, DNA, dinosaurs',
  ),
  health: list(
    'cancer, heart disease, diabetes, obesity, depression, headaches, a cold, the flu, infection, asthma, high blood pressure, an allergy, back pain, a broken arm, stroke, dementia, anxiety, fever, malaria, a virus, pneumonia, pregnancy, poor sleep',
  ),
  ache: list(
    'headache, toothache, sore throat, stomach ache, fever, rash, cough, back pain, swollen knee, broken finger, runny nose',
  ),
  medicine: list(
    'aspirin, antibiotics, painkillers, vitamins, insulin, sleeping pills, the vaccine, eye drops, herbal tea, ibuprofen, the tablets',
  ),
  task: list(
    'learn a language, fix the tap, change my password, open an account, close my account, cancel the order, find a job, lose weight, sleep better, save money, train a dog, paint a wall, cook rice, build a website, install the program, delete the file, write a letter, remove a stain, travel alone, grow tomatoes, invest money, send a parcel, get a visa, rent a flat, buy a house, sell my car, play the guitar, start a business, quit smoking, make friends, clean the oven, pay by card, transfer money, top up my card, withdraw cash, verify my identity, replace a tyre, charge the battery, print a page, back up photos, feed a baby, prepare for the exam, choose a camera, ask for a refund, edit a picture, format the text, boil eggs, roast coffee, repair a bicycle, plant a tree, cut my hair, convert a file, sort a list, count words, measure the temperature, contact support, renew my passport, find the station, complain about noise',
  ),
  device: list(
    'phone, laptop, computer, printer, car, camera, washing machine, fridge, heater, bike, oven, television, router, watch, app, browser, keyboard, battery, radio, lamp, engine, dog, plant, card, account',
  ),
  fault: list(
    'keep stopping, make a noise, get so hot, not start, smell, leak, lose power, die so fast, freeze, restart by itself, not connect, show an error',
  ),
  faulted: list(
    'stopped working, broke, crashed, leaks, will not start, makes noise, is too slow, overheated, lost all data, shows an error, was stolen, fell into water, died, is not accepted',
  ),
  deviceDo: list(
    'turn on, connect, charge, print, start, open the file, close, load, ring, cool, sync, respond, update, play sound, record video',
  ),
  measure: list(
    'water, time, money, space, sugar, power, people, pages, calories, hours, bytes, litres, kilometres, fuel',
  ),
  abstract: list(
    'freedom, money, love, time, experience, the law, religion, politics, education, health, trust, the context, power, honesty, luck, tradition, science, art, privacy, friendship, democracy, faith, knowledge, responsibility, free speech, equality, the environment, technology, history, language, hope, justice, security, marriage, the economy, trade, immigration, voting, abortion, gun ownership, the death penalty',
  ),
  opinion: list(
    'good, bad, great, terrible, boring, funny, brilliant, awful, beautiful, stupid, clever, dull, moving, touching, predictable, original, silly, charming, overrated, wonderful, disappointing, exciting, honest, fake, weird, sad, slow, lovely, wrong, right, amazing, disgusting, hilarious, tedious, powerful, shallow, unfair, impressive, mediocre, pointless, heartwarming, scary, harmless, ridiculous',
  ),
  film: list(
    'film, movie, book, story, comedy, drama, novel, show, thriller, documentary, play, cartoon, sequel, series, romance, game, album',
  ),
  part: list(
    'acting, ending, plot, music, dialogue, script, characters, jokes, pictures, director, beginning, cast, effects, performance, pacing, humour',
  ),
  liked: list(
    'this song, cold weather, my job, spicy food, dogs, cats, long walks, Mondays, waiting, reading, your voice, summer, winter, city life, the sea, politics, cooking, being alone, crowds, football, old films, that smell, surprises, early mornings, mathematics, flying, my phone, children, this game, that joke',
  ),
  feeling: list(
    'happy, sad, angry, afraid, proud, ashamed, jealous, surprised, disappointed, excited, nervous, grateful, lonely, confused, tired, bored, curious, disgusted, embarrassed, relieved, hopeful, annoyed, worried, calm, guilty, amused, hurt, upset, furious, scared, in love, sick, hungry, optimistic, depressed, impressed, frustrated, thankful, sorry',
  ),
  feelingWord: list(
    'wow, haha, oh no, ugh, lol, oh my god, sorry, yes, no, well, great, damn, seriously, please, thanks, okay, hmm, aww, congrats, yikes, nice, whoa',
  ),
  cause: list(
    'the news, your help, your loss, my exam, the wedding, the accident, the gift, the delay, the mistake, the new job, the baby, the trip, your answer, the results, the noise, the party, the price, a death in the family, the surprise, the win, the divorce, the invitation, the advice',
  ),
  family: list(
    'mother, father, sister, brother, son, daughter, wife, husband, grandmother, grandfather, uncle, aunt, cousin, friend, boss, girlfriend, boyfriend, roommate',
  ),
  job: list(
    'doctor, nurse, teacher, lawyer, farmer, driver, engineer, cook, waiter, police officer, soldier, pilot, writer, painter, musician, actor, programmer, scientist, salesman, carpenter, plumber, electrician, baker, butcher, judge, journalist, secretary, librarian, mechanic, dentist',
  ),
  weather: list('hot, cold, warm, rainy, windy, sunny, cloudy, foggy, stormy, snowy, icy, dry, humid, better, worse'),
  place: list(
    'school, church, hospital, library, museum, bank, shop, supermarket, post office, station, airport, hotel, restaurant, cafe, bar, park, theatre, cinema, police station, town hall, university, pharmacy, market, bakery, swimming pool, stadium, prison, factory',
  ),
  favour: list(
    'help me, call me back, open the window, translate this, check my order, explain it again, turn off the light, wait a minute, send the invoice, fix it, write it down, book a table, update my address, play that song, remind me, cancel it, lower the price, watch my bag',
  ),
  subject: list(
    'mathematics, physics, history, French, English, chemistry, biology, programming, geography, music, economics, philosophy, drawing, grammar, statistics, law',
  ),
  part2: list(
    'handle, lid, button, cover, screw, cable, wheel, filter, leg, lock, switch, strap, edge, bottom, back, top, corner, spring, blade, label',
  ),
  software: list(
    'program, app, website, server, browser, system, database, editor, script, model, computer, search engine, robot, network, tool',
  ),
  data: list(
    'files, data, messages, photos, passwords, emails, pages, records, documents, numbers, images, settings, users, results, logs',
  ),
  year: list(
    '1492, 1789, 1812, 1865, 1914, 1918, 1939, 1945, 1956, 1968, 1989, 1999, 2001, 2004, 2008, 2012, 2014, 2020, the Middle Ages, the last century',
  ),
  farming: list(
    'drought, higher wheat prices, a good harvest, a ban on exports, cheap imports, cattle disease, a shortage of water, locusts, frost, floods, low milk prices, strong demand for wool, bird flu, new quotas, rising fuel costs, a record crop, weeds, genetically modified crops',
  ),
};
