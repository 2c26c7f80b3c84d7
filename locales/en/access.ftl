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
