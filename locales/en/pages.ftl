# What every page says, and the petitioner's pages.
product = Huiyin
language-name = English
skip-to-main = Skip to main content
nav-main = Main
nav-follow = Track

foot-visit = Visit:{" "}
foot-phone = Telephone:{" "}
foot-paths = Other legal paths and their limits
foot-privacy = How your data is protected
foot-access = Accessibility
foot-staff = Staff login

length-days =
    { $n ->
    [one] { $n } day
    *[other] { $n } days
    }
length-working-days =
    { $n ->
    [one] { $n } working day
    *[other] { $n } working days
    }
length-months =
    { $n ->
    [one] { $n } month
    *[other] { $n } months
    }
basis-law = { $length } by law, { $basis }
basis-policy = { $length }, an office target and not law, { $basis }

due-left =
    { $n ->
    [one] { $n } day left
    *[other] { $n } days left
    }
due-today = due today
due-tomorrow = due tomorrow
due-over =
    { $n ->
    [one] { $n } day overdue
    *[other] { $n } days overdue
    }
due-late =
    { $n ->
    [one] { $n } day late
    *[other] { $n } days late
    }
due-early =
    { $n ->
    [one] { $n } day early
    *[other] { $n } days early
    }
due-in-time = in time
deadline-about = { $limit }: { $about }
deadline-petitioner = the petitioner
deadline-why = Why this day
provisional-mark = {" "}(provisional: the holidays of that year are not announced yet)
deadline-provisional = Provisional: the holidays of that year are not announced; when they are, the day is reckoned again and never made earlier for you.

channel-online = Online
channel-visit = Visit
channel-letter = Letter
channel-phone = Telephone
channel-fax = Fax
channel-transfer = Transferred

form-error = Error:{" "}
form-faults = Some things need to be changed
form-choose = Choose
form-most = At most { $n } characters
form-back = Back
form-cancel = Cancel
form-optional = { $label } (optional)
form-nth = { $label } { $n }
form-date-hint = For example 2026-11-24
form-request = Request { $n }: { $request }
form-row-portions = Part { $n }
form-row-terms = Term { $n }
form-changed = The case moved on while you were writing. Everything you wrote is still below; check it and send it again.

start-title = Tell us and follow it up
start-lead = Something wrong? Tell us.
start-lead-2 = Every petition gets an answer
start-promise = You get a code at once. With it you see every step: where it is, who has it, and by which day you must be answered.
start-submit = Submit a petition
start-call = Rather talk? Call us and we write it down
start-follow = Follow your petition
start-limits = Legal limits, counted day by day
start-step-notice = Within { $n } days you are told where it went and how it goes on
start-step-notice-more = If it was sent to another organ, that organ tells you in writing within { $n } days which path it takes and whether it is accepted.
start-step-opinion = Within { $n } days of acceptance you get a written answer
start-step-opinion-more = A complex matter may be extended once by up to { $extension } days, with reasons given to you.
start-step-first-review = Not satisfied? Ask for a first review within { $n } days
start-step-first-review-more = The organ one level above reviews it.
start-step-second-review = Still not satisfied? Ask for a second review within { $n } days
start-step-second-review-more = Its opinion ends the petition procedure.
start-step-resolution = Within { $n } days you are answered
start-step-resolution-more = If it takes longer you get an interim reply.
start-step-appeal = Not satisfied? Appeal within { $n } days
start-step-appeal-more = The appellate authority decides.
start-elsewhere = Other channels
start-elsewhere-paths = Court, arbitration, reconsideration: each has a time limit; do not miss it
start-elsewhere-report = Reports against officials are sealed from the units reported
start-danger = Danger right now: call 110, 119 or 120

code-title = Follow your petition
code-label = Your code
code-hint = The 12 or 28 letters and digits on your receipt; spaces, hyphens and small letters do not matter
code-button = Look it up
code-lost = Lost your code? For a petition entered at a counter, bring your identity document there. For one submitted online, nobody but you has the code, not even we.

submit-step = Step { $n } of 6
submit-continue = Continue
submit-send = Submit
submit-save = Save and go on later
submit-change = Change
submit-none = Nothing given
submit-kind-title = What kind of petition is it?
submit-kind-question = Kind
submit-what-title = What happened?
submit-title-label = In one sentence
submit-title-hint = For example: work at block 7 stopped nine months ago
submit-body-label = What happened
submit-body-hint = When, where, who did what. It need not be formal.
submit-wants-label = What you ask for
submit-wants-hint = One request on a line. The written answer replies to each.
submit-whom-title = Which unit is it about, and how many people?
submit-unit-label = Unit
submit-respondent-label = Unit it is about
submit-respondent-hint = Leave it open if you do not know; we find out who is in charge
submit-accused-label = Units whose officials you report
submit-accused-hint = The units you tick, and those below them, cannot see this report
submit-people-label = How many people join in it
submit-people-hint = Write 1 if it is only you; for a joint visit choose at most five representatives
submit-contact-title = How can we reach you?
submit-contact-lead = Only those who handle it can see this; they must state a purpose, and you can see who looked. You may stay anonymous; your code still brings you the answer.
submit-name-label = Name
submit-name-hint = Optional
submit-phone-label = Telephone
submit-phone-hint = A mobile number of 11 digits or a landline with area code; optional
submit-reply-label = How the written answer should reach you
submit-reply-online = Online
submit-reply-online-hint = Fastest; read it with your code at any time
submit-reply-post = By post
submit-reply-post-hint = Give your address below
submit-reply-counter = Collect it at the counter
submit-reply-counter-hint = Bring your code
submit-address-label = Address
submit-address-hint = Needed for post
submit-confidential-label = Confidentiality
submit-confidential-yes = Keep my identity from the unit it is about
submit-confidential-no = Not needed
submit-check-title = Check and submit
submit-check-lead = You get your code and number at once.

saved-title = Saved, not yet submitted
saved-code = Your draft code
saved-text = On any device, enter it under “Track” to go on. Once you submit, it becomes your code.
saved-not-submitted = The draft is kept encrypted for 30 days; without the code nobody can open it, not even we. No time limit runs before you submit.
saved-go-on = Go on now
saved-leave = Leave and clear this device

received-title = We have received it
received-code = Your code
received-keep = Shown only here. Write it down, photograph or print it: with it you follow, add to and appeal.
received-on = Received on
received-number = Number
received-matter = Matter
received-latest = Latest day for the answer
received-next = What happens next
received-by = By { $day } at the latest:{" "}
received-chain = Each step is counted from the last day of the one before, so these are the latest days; most come sooner.
received-rights = Your rights and duties
received-with-extension = { $basis }; the day already includes a possible extension of { $n } days
received-follow = Follow it
received-leave = Leave and clear this device
received-print = For a paper receipt, use your browser’s print command.
slip-to-inbox = To the inbox
slip-another = Enter another

follow-received = submitted { $day }
follow-until = Until { $day }:{" "}
follow-next-date = Next legal date:{" "}
follow-unit = Unit
follow-official = Official in charge
follow-phone = Telephone
follow-latest = Latest day for the answer
follow-rest = No step is waiting to be taken in this matter.
follow-story = What happened
follow-at-latest = { $day } at the latest
follow-promises = Promises made to you
follow-acts = You may also
follow-own-words = What you wrote
follow-no-reads = Nobody so far.
follow-leave = Finish and clear this device
follow-done = Done: { $act }
promise-kept = kept on { $day }
promise-due = due by { $day }

todo-ask-first-review = If you disagree with the opinion, you may ask the organ above to review it.
todo-ask-second-review = If you disagree with the review, you may ask the next organ above for the second review.
todo-object-to-refusal = If you hold that it should be accepted, you may object to the superior petition office.
todo-evaluation = Please rate the unit and the petition office, each. It serves to improve the work and touches none of your rights.
todo-supplement = Please add what the notice asks for. The answer is still due on the same day.
todo-withdrawal-cooling = You asked to withdraw. Until this day you may take that back; only then does it take effect.
todo-other-path = This is the last day of the legal path you were told of; file there early.

own-add-supplement = Add something
own-add-supplement-lead = It goes to the unit in charge; no limit changes.
own-request-review = Ask for a review
own-request-review-lead = Say which point of the answer you contest and why. The organ above decides.
own-object-to-refusal = Object to the refusal
own-object-to-refusal-lead = Say why it should be accepted. The superior petition office answers.
own-rate = Rate
own-rate-lead = The unit and the petition office are rated separately, and once.
own-ask-recusal = Ask for recusal
own-ask-recusal-lead = If the official has an interest in the matter, you may ask for another. The head of the unit decides.
follow-erased-title = Erased on { $day }
follow-erased = The office destroyed the key of your words, your name and your files. Nobody can read them any more, here or at the office. Legal basis: { $name }.
follow-erased-backups = Older backups may still be able to open them until { $day }; the office must have destroyed them all by then.
follow-erased-left = Number, dates and stages stay, so that nobody can say your matter never was. Receipts that you took away still prove it.
follow-restricted-title = Restricted since { $day }
follow-restricted = The office keeps and protects your matter and does nothing else with it; nobody there is shown your words, your name and your files. Legal basis: { $name }. You can still read everything here.
own-mark-urgent = It is urgent
own-mark-urgent-lead = In danger, call 110, 119 or 120 first, then write it here. A person looks at it at once.
own-revoke-withdrawal = Take the withdrawal back
own-withdraw = Withdraw it
own-withdraw-lead = It takes effect after a cooling period, until when you may take it back; you may file again at any time.
own-send = Send

paths-title = Other legal paths and their limits
paths-lead = A petition does not stop these limits. If one of these paths is open to you as well, mind its last day.
paths-caption = Legal paths
paths-name = Path
paths-body = Where to file
paths-length = Limit
paths-from = Counted from
paths-basis = Basis
paths-note = These are the general rules. From which day your own case counts is for the body of that path to say.

privacy-title = How your data is protected
privacy-text =
    Your name, telephone and address serve only to handle the matter you raised, and are kept apart from it.
    An official must state a purpose to see them; every look is recorded, and your page shows who looked, when and what for.
    Reports against officials are sealed: the units and people reported cannot see them or know that they exist.
    This system counts no visits of yours, scores nobody and ranks nobody; it has no such function.
    On a shared computer or telephone, use “clear this device” when you are done.
access-title = Accessibility
access-text =
    These pages follow WCAG 2.2 AA: they work by keyboard alone, enlarged to 400 %, without relying on colour and without scripts.
    No form has a time limit, and you can save one half done.
    If a step does not work for you, call the number below and we enter it for you.

trouble-invalid = Something needs to be changed
trouble-invalid-advice = Go back, change it and send it again; what you wrote is still there.
trouble-login = Enter your code first
trouble-login-advice = The time to look has passed, or no code was entered on this device. Enter it under “Track”.
trouble-tries = Too many wrong tries
trouble-tries-advice = Compare every sign of the code or password with what you wrote down.
trouble-elsewhere = Send it from this site’s own page
trouble-elsewhere-advice = To prevent abuse only forms of this site are taken. Go back, reload the page and try again.
trouble-large = Too much at once
trouble-large-advice = A submission may hold 512 KB; nothing was taken in. Go back and shorten it, or add the rest later.
trouble-unreadable = This request cannot be read
trouble-unreadable-advice = Start again from a page of this site; if you followed a link, check that it is complete.
trouble-refused = This is not possible now
trouble-refused-advice = Nothing was changed.
trouble-absent = Not found
trouble-absent-advice = There is no such page, or you may not see it.
trouble-changed = The case moved on
trouble-changed-advice = Reload the page, read what is new and do it again.
trouble-broken = Something broke
trouble-broken-lead = Incident number: { $incident }
trouble-broken-advice = What was not confirmed was not kept. Try again later, or tell us the number.
trouble-to-start = To the start page
trouble-to-inbox = To the inbox

letter-reveal-button = Show the name
letter-pdf = Print: the letter as a PDF file
letter-service = Print: proof of service (PDF file)
service-title = Proof of service
service-document = Letter
service-number = Number of the letter
service-receiver = To
service-method = How it was served
service-on = Day of service
service-place = Place
service-signed = Signature of the receiver, day
service-for = Signature of whoever receives it for them, day, and in what relation
service-refused = If refused: why
service-witnesses = Signatures of witnesses, day
service-server = Signature of whoever served it, day
service-proof = Proof
service-note = The day of the signature is the day of service; periods begin on the next day. If it is refused, write why and when, and let witnesses sign or add photographs or a film.
service-note-discreet = The day of the signature is the day of service; periods begin on the next day. Confidential: hand it to the petitioner alone, to nobody else, leave it nowhere, and say nothing of what it holds. If they are not there, bring it back and arrange another time.
service-as-recorded = A print of what was recorded, not the signed original, which the unit that served it keeps.
letter-copy = A copy for use in the office: the addressee's name is withheld.
letter-back = Back
letter-colon = :
letter-petitioner = To the petitioner
letter-withheld = (name withheld)
letter-served = Served on { $day }
letter-not-served = Not served yet
letter-mark = Mark of this letter: { $mark }
letter-check = Whoever holds it can check on { $site }, under “Check a letter”, whether it was issued as it is and still stands.
letter-enclosed = { $n } files, whose names are not given
letter-imprint = Issued on { $day }
letter-copied-to = Copy to: { $unit }
letter-mark-alt = The mark of this letter as a QR code
letter-translation = A copy for reading. The letter as it was issued, in Chinese, decides.
letter-reading = Copy for reading in English (PDF)
letter-digest = SHA-256 of the file that was issued. That file counts; this page shows its words
letter-open = open to the public
letter-upheld = upheld
letter-changed = changed
letter-last = this ends the petition procedure
letter-term = { $promise } ({ $unit }, by { $day })
letter-answer = { $n }. On “{ $request }”: { $outcome }. { $reason } Basis: { $article }.
letter-action = { $unit } will do the following by { $day }: { $action }.

## Receipts
foot-verify = Check a receipt
foot-verify-letter = Check a letter
received-qr = QR code of your code
proof-title = Take the receipt with you
proof-proves = Signed by this office, it proves that the matter entered the log at the time below. If it is ever deleted, altered or exchanged, the receipt shows it: offline, and without trusting this office.
proof-at = Recorded at
proof-index = Log entry
proof-root = Root, first 16 digits
proof-key = Key of the log
proof-signed-at = Signed at
proof-witnesses = Witnesses
proof-no-witness = Signed by this office; no witness has cosigned yet
proof-take = Download receipt
proof-take-words = Download with the words
proof-discreet = Without the words nobody can tell what it is about. Neither holds your name or contact.
proof-where = Where to check it
proof-slip = The receipt as a file can be downloaded with the code at any time.
proof-each = Every step has a receipt: it proves when the step was recorded and that it has not been altered since.
proof-of-event = Receipt
proof-index-is = Log entry { $index },{" "}
proof-witnessed = cosigned by a witness.
proof-signed = signed by this office; no witness has cosigned yet.
proof-kind-submit = Petition received
proof-kind-pass = A deadline passed
verify-title = Check a receipt
verify-lead = Drop a receipt here to learn what it proves and whether it was altered.
verify-file = Receipt
verify-hint = Choose or drop receipt.zip, at most 1 MB
verify-button = Check
verify-private = The file is checked and thrown away; nothing is kept or noted.
verify-own = Rather not give it to us? Check it yourself
verify-own-text = The receipt carries a program, VERIFY.txt, for any computer with Python 3: python3 VERIFY.txt receipt.zip. It needs no network and none of our software.
verify-another = Check another one
verify-none = Choose the receipt first, then press “Check”
verify-too-large = The file is larger than 1 MB and cannot be a receipt; choose receipt.zip as downloaded
verify-too-many = The archive holds too many files to be a receipt; choose receipt.zip as downloaded
verify-no-zip = The file cannot be opened: no zip, or damaged; download the receipt again
verify-good = The receipt is good
verify-good-witnessed = The signatures of this office and of a witness are right, and today’s log agrees. What was recorded has not been altered.
verify-good-signed = The signature of this office is right, and today’s log agrees. No witness has cosigned it yet: keep it, and download a cosigned one later.
verify-good-elsewhere = The receipt holds together
verify-other-office = Not a log of this office; nothing to compare with here
verify-other-office-text = The signature fits the key that the receipt brings along, but that key is not this office’s. Check it at the office that issued it, or with a key published by a witness.
verify-bad = The receipt is not good
verify-forked = The receipt is true, and the log is not
verify-forked-text = It is signed by this office, but today’s log does not agree: something recorded was deleted or rewritten. This receipt is the evidence. Keep the original and give it to a witness or a supervising body.
verify-agrees = Agrees: the log has { $now } entries, and the first { $size } are those that were signed
verify-shorter = Does not agree: { $size } entries were signed, and now there are only { $now }
verify-rewritten = Does not agree: the first { $size } entries are no longer those that were signed
verify-what = What it proves
verify-at = Recorded at
verify-unsure = {" "}(the office did not trust its clock then)
verify-place = Place in the log
verify-place-is = Entry { $index } of { $size } when signed, log { $origin }
verify-words = Words
verify-words-none = This step has none
verify-words-left-out = { $n ->
    [one] Not included; the log binds one text
   *[other] Not included; the log binds { $n } texts
}
verify-words-checked = { $n ->
    [one] One text included, exactly as recorded
   *[other] { $n } texts included, exactly as recorded
}
verify-words-some = { $n } included, exactly as recorded; { $omitted } not included (names and notes between officials never are)
verify-witnesses = Witnesses
verify-witness = { $name } had seen it by { $at }
verify-no-witness = None: this rests on the office’s own signature
verify-log-today = Today’s log
verify-next = What to do
verify-advice-damaged = It may have been damaged on its way, or lost a file when unpacked. Download it again from your page and check that one.
verify-advice-altered = Download it again from your page and compare. If somebody gave you this one, do not rely on it.
verify-fault-unexpected-file = It holds a file that does not belong into a receipt.
verify-fault-missing-file = A file is missing.
verify-fault-malformed = A file does not have the form it should have.
verify-fault-events = What it says has happened is not what was recorded: events.cbor was altered.
verify-fault-foreign-content = It holds a text or a key that does not belong to this record.
verify-fault-no-key = A text lacks its key and cannot be compared.
verify-fault-content = A text is not what was recorded, or its key is wrong.
verify-fault-inclusion = The record is not at that place in the log: record, key or number were altered.
verify-fault-other-log = Record and signature are of two different logs.
verify-fault-unknown-log = It was not signed by the log it names.
verify-fault-log-signature = The log’s signature is wrong: the checkpoint was altered, or another key signed it.
verify-fault-witness-signature = A witness’s signature is wrong.
verify-fault-quorum = Too few witnesses have cosigned.
verify-fault-time = It was recorded later than a witness saw it: the time was altered.
verify-fault-not-our-key = It claims to be of this office’s log but was not signed with this office’s key: it is a forgery.
verify-letter-title = Check a letter
verify-letter-lead = Somebody shows you a letter of this office? Learn here whether it was issued, whether it was altered, and whether it still stands.
verify-letter-mark = Mark of the letter
verify-letter-mark-hint = At the end of the letter, 24 characters; its QR code holds the same. Small letters, spaces and dashes are fine
verify-letter-file = The file (optional)
verify-letter-file-hint = Choose the PDF as downloaded to learn whether every word is as it was issued; the file alone is enough
verify-letter-none = Type the mark of the letter, or choose its file
verify-letter-length = The mark has 24 characters, and you typed { $found }; look at the letter again
verify-letter-mistyped = One character of the mark is wrong; look at the letter again
verify-letter-character = No mark has such a character: there are only digits from 2 to 9 and letters, none of 0, 1, I, L, O, U
verify-letter-too-large = The file is too large to be a letter of this office; choose the PDF as downloaded
verify-letter-good = Issued by this office, and it stands
verify-letter-good-mark = Compare each line below with the paper. To check the whole text, choose the file of the letter and check again, or ask the unit that issued it.
verify-letter-good-file = The file you chose is the one that was issued; not a character differs.
verify-letter-fallen = Issued by this office, and no longer in force
verify-letter-overturned = A higher organ has changed or revoked it since. The later decision counts.
verify-letter-altered = The file is not the one that was issued
verify-letter-altered-text = The mark is of a letter that this office issued, but the file is not the one that was issued: it may be a scan, may have been saved anew, or may have been altered. What the petitioner downloads from their page counts. If somebody gave you this one, do not rely on it, and ask the unit that issued the letter.
verify-letter-unknown = Nothing found
verify-letter-unknown-mark = This office has issued no letter under this mark that can be checked in public. Look at the letter again; if it is still not found, do not rely on it, and ask the unit named on it. Letters about confidential reports are not checked here: ask in person where the report was taken.
verify-letter-unknown-file = It is no file that this office issued: it may be a scan, may have been saved anew, or may be no letter of this office. Type the mark at the end of the letter and check again.
verify-letter-name = Kind of letter
verify-letter-number = Number
verify-letter-unit = Issued by
verify-letter-signed = Dated
verify-letter-issued = Issued on
verify-letter-standing = In force
verify-letter-stands = No higher organ has changed or revoked it
verify-letter-stood-until = Not since { $day }
letter-receipt-lead = The receipt holds the letter's file and proves that this office issued it on that day and has not altered it since.
letter-receipt = Take the letter with its proof (receipt.zip)
proof-kind-issue-letter = A letter was issued
verify-letter-broken = The file did not arrive whole; choose it again
letter-site = the office's website
letter-site-at = the office's website ({ $host })
verify-letter-digest = SHA-256 of the file
verify-letter-corrected = Correction
verify-letter-corrected-on = A correction ({ $number }) was issued on { $day }; read both together
letter-corrected = Corrected on { $day }
letter-corrected-by = Corrected on { $day }: { $number }
letter-posted = With the post since { $day }
