# Who read what: for petitioners, for whoever asks for a name, for the audit administrator.
list-comma = ,{" "}
level-national = national
level-province = provincial level
level-prefecture = city level
level-county = county or district level
level-township = township level
role-registrar = Registrar
role-handler = Handler
role-head = Head
role-supervisor = Supervisor
role-auditor = Auditor

read-case = Opened the matter
read-letter = Read a letter
read-letter-named = Read a letter with your name on it
read-which = {" "}({ $name })
read-identity = Saw of the petitioner: { $field }
read-asked = Asked to see of the petitioner: { $field }
read-agreed = Agreed that another official sees of the petitioner: { $field }
read-original = Downloaded an original file
read-code = Gave out a new code in place of a lost one
read-level = {" "}({ $level })
read-colon = :{" "}
read-identity-tag = Your identity

identity-field-name = Name
identity-field-phone = Telephone
identity-field-address = Address
identity-field-id-number = Identity number
purpose-contact = To reach or hear the petitioner
purpose-serve = To serve a letter
purpose-identify = To check who the person is
purpose-examine = To examine the facts
purpose-transfer = To hand the matter to the organ that the law names
purpose-protect = To protect somebody from harm

identity-reveal = Show: { $field }
identity-until = Open to you until { $time }; masked again afterwards
identity-purpose = What is it needed for?
identity-words = In a few words
identity-words-hint = For example: to agree on a day for a talk. Write no names.
identity-told = Shows this one field, to you, for ten minutes. It is recorded, and the petitioner sees your post, the day and what for.
identity-two-told = This matter is sealed: another official agrees first, then this one field is open to you for ten minutes. Both are recorded, and the petitioner sees your posts, the days and what for.
identity-ask = Ask
identity-asks = { $who } asks to see: { $field }. { $purpose }.
identity-ask-until = Asked; another official may agree until { $time }.
identity-second = May agree: { $who }.
identity-nobody-second = Nobody is named who may agree; ask the security administrator to name a second person.
identity-ask-place = They find it on the case, or at { $place }.
identity-agree-title = Agree that another sees who filed this
identity-agree-told = If you agree, this one field is open to whoever asked for ten minutes. It is not shown to you. The petitioner sees that you agreed: your post and the day, not your name.
identity-agree = Agree
identity-one-person = It takes another person than the one who asked
recusals-title = Who knew of it before they were kept from it
recusals-lead = Officials whom this matter is about, who are recused, or whose unit is reported or headed by somebody accused, as far as they read it or did something in it. Nobody else who read it is named here.
recusals-who = Who
recusals-why = Kept from it because
recusals-read = Read
recusals-acts = Did
recusals-named = The matter is about them
recusals-recused = Recused
recusals-unit = Their unit, or one above it, is reported
recusals-below = Somebody accused heads their unit, or one above it
recusals-times = { $n ->
    [one] { $n } read
   *[other] { $n } reads
 }
recusals-not-read = Not read
recusals-no-acts = Nothing
recusals-nobody = Nobody who is kept from it had read it or done anything in it

follow-reads = Who read your petition
follow-reads-lead = Every official who opened it, by post, unit and day. Names stay with the audit administrator. Several openings within 15 minutes count once.
follow-reads-more = Earlier ones
follow-reads-all = All of them
follow-reads-complain = If you think that somebody had no reason to look, tell the petition office or the discipline and supervision organ the day, the unit and the post; they can find out who it was. You may also file it as a petition of its own.

reads-title = Reads
reads-lead = Who read what. Shows nothing of any case.
reads-by-official = By official and days
reads-by-matter = By matter
reads-from = From
reads-to = To
reads-show = Show
reads-caption = Reads, the newest first
reads-at = When
reads-who = Who
reads-what = What
reads-empty = No read is recorded
reads-incident = Petitions affected, as a table (CSV)
reads-incident-told = For notices after a breach. That you took the table is recorded.
case-sealed-name = Audit reference
