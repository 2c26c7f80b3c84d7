//! Every route: its address, whom it answers, its methods. A test asks each of them as everybody (SCOPE-2, IAM-1).
//!
//! `access` says nothing that a handler does not check for itself; it says what the test expects.

use super::api::{attach as api_attach, document, official, petitioner, receipt, reveal};
use super::assets;
use super::desk::account::{enter, own, passkey, provider};
use super::desk::admin::{accounts, changes, directory, proposals, units};
use super::desk::{
    act, case, files, identity, inbox, letters, papers, print_room, reads, recusals, register, reminders,
    sealed, zipped,
};
use super::public::{self, accesses, attach, follow, own_act, proof, submit, verify, verify_letter};
use crate::app::App;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

/// Four texts of the greatest length in UTF-8, with room for JSON, in bytes.
pub(super) const WORDS: usize = 512 * 1024;

/// How much a request may bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// [`WORDS`].
    Words,
    /// So many bytes.
    Bytes(usize),
    /// All files of a petition, and its words.
    Files,
}

/// Whom a route answers. Everybody else is told to log in, or that there is no such page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anyone,
    /// Whoever showed the code of a petition, or is writing one.
    Petitioner,
    /// Whoever gave the right password, also without the second factor yet.
    Half,
    /// Every official who is logged in.
    Official,
    /// Officials who work on matters or look at them; no administrator.
    Casework,
    /// Registrars.
    Registrar,
    /// Whoever may see the case that the address names; for everybody else there is none.
    Case,
    /// Officials who open sealed matters.
    Recipient,
    /// System administrators.
    System,
    /// Security administrators.
    Security,
    /// System and security administrators.
    Accounts,
    /// Audit administrators.
    Audit,
    /// All three administrators.
    Administrators,
}

/// One route.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "whom a route answers is what the tests expect of its handler")
)]
pub(crate) struct Route {
    /// Its address.
    pub(crate) path: &'static str,
    /// Whom it answers.
    pub(crate) access: Access,
    /// `GET`, `POST` or `DELETE`, whichever it has.
    pub(crate) methods: &'static [&'static str],
    /// How much may be sent.
    pub(crate) body: Body,
    /// What answers.
    pub(crate) handler: fn() -> MethodRouter<Arc<App>>,
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const BOTH: &[&str] = &["GET", "POST"];

const fn route(
    path: &'static str,
    access: Access,
    methods: &'static [&'static str],
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, access, methods, body: Body::Words, handler }
}

/// The same for what files come with.
const fn files_route(
    path: &'static str,
    access: Access,
    methods: &'static [&'static str],
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, access, methods, body: Body::Files, handler }
}

use Access::{
    Accounts, Administrators, Anyone, Audit, Case, Casework, Half, Official, Petitioner, Recipient,
    Registrar, Security, System,
};

/// Below `/api/v1`.
pub(crate) const API: &[Route] = &[
    route("/openapi.json", Anyone, GET, || get(document::served)),
    route("/petitions", Anyone, POST, || post(petitioner::submit)),
    route("/track", Anyone, POST, || post(petitioner::track)),
    route("/receipt", Anyone, POST, || post(receipt::receipt)),
    files_route("/files", Anyone, POST, || post(api_attach::bring)),
    route("/file", Anyone, POST, || post(api_attach::own)),
    route("/track/{verb}", Anyone, POST, || post(petitioner::own_act)),
    route("/session", Anyone, &["POST", "DELETE"], || post(official::log_in).delete(official::log_out)),
    route("/inbox", Casework, GET, || get(official::inbox)),
    route("/cases/{case_ref}", Case, GET, || get(official::case)),
    route("/cases/{case_ref}/identity", Case, POST, || post(reveal::identity)),
    route("/cases/{case_ref}/files/{index}", Case, POST, || post(api_attach::of_case)),
    route("/cases/{case_ref}/{verb}", Case, POST, || post(official::act)),
];

/// The pages.
pub(crate) const PAGES: &[Route] = &[
    route("/assets/{name}", Anyone, GET, || get(assets::serve)),
    route("/", Anyone, GET, || get(public::start)),
    route("/language", Anyone, GET, || get(public::language)),
    route("/paths", Anyone, GET, || get(public::paths)),
    route("/privacy", Anyone, GET, || get(public::privacy)),
    route("/access", Anyone, GET, || get(public::access)),
    route("/exit", Anyone, GET, || get(public::exit)),
    route("/submit", Anyone, GET, || get(submit::begin)),
    route("/submit/saved", Petitioner, GET, || get(submit::saved)),
    route("/submit/received", Petitioner, GET, || get(submit::received)),
    route("/submit/receipt", Petitioner, POST, || post(proof::of_submission)),
    route("/submit/leave", Petitioner, POST, || post(submit::leave)),
    files_route("/submit/files", Anyone, BOTH, || get(attach::show).post(attach::take)),
    route("/submit/{step}", Anyone, BOTH, || get(submit::show).post(submit::take_step)),
    route("/follow", Anyone, BOTH, || get(follow::show).post(follow::open)),
    route("/follow/receipt", Petitioner, POST, || post(proof::of_followed)),
    route("/follow/reads", Petitioner, GET, || get(accesses::show)),
    route("/follow/leave", Petitioner, POST, || post(follow::leave)),
    route("/follow/letters/{index}", Petitioner, GET, || get(follow::letter)),
    route("/follow/letters/{index}/pdf", Petitioner, GET, || get(follow::letter_pdf)),
    route("/follow/letters/{index}/reading", Petitioner, GET, || get(follow::letter_reading)),
    route("/follow/files/{index}", Petitioner, GET, || get(follow::file)),
    files_route("/follow/acts/add_supplement", Petitioner, BOTH, || {
        get(own_act::supplement_form).post(own_act::supplement)
    }),
    route("/follow/acts/{verb}", Petitioner, BOTH, || get(own_act::show).post(own_act::carry_out)),
    route("/staff", Casework, GET, || get(inbox::show)),
    route("/staff/login", Anyone, BOTH, || get(enter::login).post(enter::log_in)),
    route("/staff/login/code", Half, BOTH, || get(enter::code).post(enter::take_code)),
    route("/staff/login/passkey", Anyone, BOTH, || get(passkey::enter).post(passkey::take_enter)),
    route("/staff/login/provider", Anyone, BOTH, || get(provider::enter).post(provider::take_enter)),
    route("/staff/login/provider/back", Anyone, GET, || get(provider::back)),
    route("/staff/enrol", Anyone, BOTH, || get(enter::enrol).post(enter::use_enrolment)),
    route("/staff/logout", Official, POST, || post(enter::log_out)),
    route("/staff/account", Official, GET, || get(own::show)),
    route("/staff/account/sessions", Official, POST, || post(own::end)),
    route("/staff/account/password", Official, BOTH, || get(own::password).post(own::change_password)),
    route("/staff/account/factor", Half, BOTH, || get(own::factor).post(own::set_factor)),
    route("/staff/account/passkeys", Official, BOTH, || get(passkey::own).post(passkey::remove)),
    route("/staff/account/passkeys/new", Half, BOTH, || get(passkey::new).post(passkey::add)),
    route("/staff/account/provider", Official, BOTH, || get(provider::own).post(provider::set)),
    route("/staff/accounts", System, BOTH, || get(accounts::show).post(accounts::set)),
    route("/staff/accounts/new", Accounts, BOTH, || get(accounts::new).post(accounts::propose)),
    route("/staff/directory", Security, GET, || get(directory::show)),
    route("/staff/directory/officials/{official}", Security, BOTH, || {
        get(directory::official).post(directory::propose_official)
    }),
    route("/staff/directory/units/new", Security, BOTH, || {
        get(units::new_unit).post(units::propose_new_unit)
    }),
    route("/staff/directory/units/{unit}", Security, BOTH, || get(units::unit).post(units::propose_unit)),
    route("/staff/proposals", Administrators, BOTH, || get(proposals::show).post(proposals::decide)),
    route("/staff/changes", Audit, GET, || get(changes::show)),
    route("/staff/reads", Audit, GET, || get(reads::show)),
    route("/staff/reads/incident", Audit, POST, || post(reads::incident)),
    files_route("/staff/register", Registrar, BOTH, || get(register::show).post(register::enter)),
    route("/staff/sealed", Recipient, BOTH, || get(sealed::show).post(sealed::unlock)),
    route("/staff/sealed/key", Recipient, BOTH, || get(sealed::key).post(sealed::make_key)),
    route("/staff/letters", Casework, BOTH, || get(print_room::show).post(print_room::print)),
    route("/staff/reminders", Casework, BOTH, || get(reminders::show).post(reminders::put_away)),
    route("/staff/cases/{case_ref}", Case, GET, || get(case::show)),
    route("/staff/cases/{case_ref}/identity", Case, BOTH, || get(identity::show).post(identity::open)),
    route("/staff/cases/{case_ref}/recusals", Case, GET, || get(recusals::show)),
    route("/staff/cases/{case_ref}/code", Case, POST, || post(case::reissue)),
    route("/staff/cases/{case_ref}/letters/{index}", Case, GET, || get(letters::show)),
    route("/staff/cases/{case_ref}/letters/{index}/pdf", Case, GET, || get(letters::pdf)),
    route("/staff/cases/{case_ref}/letters/{index}/reading", Case, GET, || get(letters::reading)),
    route("/staff/cases/{case_ref}/letters/{index}/service", Case, GET, || get(letters::service)),
    route("/staff/cases/{case_ref}/papers/{key}", Case, GET, || get(papers::pdf)),
    route("/staff/cases/{case_ref}/files/{index}", Case, BOTH, || {
        get(files::take).post(files::take_original)
    }),
    route("/staff/cases/{case_ref}/zip", Case, BOTH, || get(zipped::show).post(zipped::take)),
    route("/staff/cases/{case_ref}/acts/{verb}", Case, BOTH, || get(act::show).post(act::carry_out)),
    Route {
        path: "/verify/letter",
        access: Anyone,
        methods: BOTH,
        body: Body::Bytes(verify_letter::MOST_SENT),
        handler: || get(verify_letter::show).post(verify_letter::check),
    },
    // What is dropped there is a file; everywhere else it is words.
    Route {
        path: "/verify",
        access: Anyone,
        methods: BOTH,
        body: Body::Bytes(verify::MOST_SENT),
        handler: || get(verify::show).post(verify::check),
    },
];
