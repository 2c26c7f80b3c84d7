//! The OpenAPI document: answers from the types that are really sent, acts from the table of fields that really reads
//! them. Served at `/api/v1/openapi.json`.

use super::{attach, official, petitioner, receipt, reveal};
use crate::web::fields::{self, Choices, Field, Kind, Rows};
use crate::web::locale::Locale;
use crate::web::public::own_act::OWN;
use axum::Json;
use casework::Verb;
use casework::deadline::Lang;
use std::sync::LazyLock;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Huiyin 回音",
        description = "The same commands as the pages, with the same refusals. Codes travel in bodies only.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        petitioner::submit,
        petitioner::track,
        receipt::receipt,
        attach::bring,
        attach::own,
        attach::of_case,
        official::log_in,
        official::log_out,
        official::inbox,
        official::case,
        reveal::identity,
        served,
    ),
    components(schemas(official::Done))
)]
struct Document;

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(document);

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "document", responses((status = 200, body = Object)))]
pub(crate) async fn served() -> Json<&'static utoipa::openapi::OpenApi> {
    Json(&DOCUMENT)
}

fn document() -> utoipa::openapi::OpenApi {
    let mut document = <Document as utoipa::OpenApi>::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    if let Some(components) = &mut document.components {
        components.add_security_scheme("session", SecurityScheme::Http(bearer));
    }
    for verb in given() {
        let path = format!("/api/v1/cases/{{case_ref}}/{}", verb.word());
        document.paths.paths.insert(path, PathItem::new(HttpMethod::Post, officials_act(*verb)));
    }
    for verb in OWN {
        let path = format!("/api/v1/track/{}", verb.word());
        document.paths.paths.insert(path, PathItem::new(HttpMethod::Post, own_act(*verb)));
    }
    document
}

/// The acts that an official may be permitted.
fn given() -> impl Iterator<Item = &'static Verb> {
    Verb::ALL.iter().filter(|verb| !official::NOT_GIVEN.contains(verb))
}

fn officials_act(verb: Verb) -> OperationBuilder {
    let command = object(fields::of(verb))
        .property("seen", version())
        .required("seen")
        .property("on", date("the civil day on which it legally happened; today when left out"))
        .property(
            "dated_back",
            text(
                "why it is dated back, needed by more than a day; shown, and not kept for an act of today",
                fields::LONG,
            ),
        );
    let case_ref = ParameterBuilder::new()
        .name("case_ref")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    act(verb, "officials", "Done", command, ("401", "no session, or one that ended; for a decision on an erasure, and for what answers or ends a sealed matter, none of the last five minutes: log in again"))
        .operation_id(Some(format!("give_{}", verb.word())))
        .parameter(case_ref)
        .security(SecurityRequirement::new::<_, [&str; 0], &str>("session", []))
}

fn own_act(verb: Verb) -> OperationBuilder {
    let mut command = object(fields::of(verb));
    if verb == Verb::AddSupplement {
        let handles = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
        command =
            command.property("files", handles.description(Some("handles of files that were brought before")));
    }
    let command = command
        .property("code", ObjectBuilder::new().schema_type(Type::String))
        .required("code")
        .property("seen", version())
        .required("seen");
    act(verb, "petitioner", "Tracked", command, ("429", "too many wrong codes from this source"))
        .operation_id(Some(format!("own_{}", verb.word())))
}

fn act(verb: Verb, tag: &str, answer: &str, command: ObjectBuilder, door: (&str, &str)) -> OperationBuilder {
    let json = |schema: RefOr<Schema>| ContentBuilder::new().schema(Some(schema)).build();
    let named = |name: &str| RefOr::Ref(Ref::from_schema_name(name));
    let problem = |why: &str| {
        let content = json(named("Problem"));
        ResponseBuilder::new().description(why).content("application/problem+json", content)
    };
    let done = ResponseBuilder::new().description("done").content("application/json", json(named(answer)));
    let responses = ResponsesBuilder::new()
        .response("200", done)
        .response(door.0, problem(door.1))
        .response("403", problem("not for this person"))
        .response("404", problem("absent, or not to be known of"))
        .response("409", problem("the case changed, or its stage stands against it"))
        .response("413", problem("more than 512 KB"))
        .response("422", problem("fields that cannot be taken, or something the law asks for is missing"));
    let body = RequestBodyBuilder::new()
        .content("application/json", json(command.into()))
        .required(Some(Required::True));
    OperationBuilder::new()
        .tag(tag)
        .summary(Some(label(verb)))
        .request_body(Some(body.build()))
        .responses(responses.build())
}

/// The act in words, as its button says it.
fn label(verb: Verb) -> String {
    let key = format!("act-{}", verb.word().replace('_', "-"));
    [Lang::Zh, Lang::En].map(|lang| Locale { lang }.say(&key)).join(" / ")
}

fn object(fields: &[Field]) -> ObjectBuilder {
    fields.iter().fold(ObjectBuilder::new(), |object, field| {
        let object = object.property(field.name, value(field.kind));
        if field.required { object.required(field.name) } else { object }
    })
}

/// How a field is written in JSON.
fn value(kind: Kind) -> RefOr<Schema> {
    match kind {
        Kind::LongText => text("", fields::LONG).into(),
        Kind::Line | Kind::Citation => text("", fields::SHORT).into(),
        Kind::Date => date("").into(),
        Kind::Number { min, max } => {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(min)).maximum(Some(max)).into()
        }
        Kind::Tick | Kind::YesNo => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Kind::Choice(choices) => choice(choices),
        Kind::Many(choices) => ArrayBuilder::new().items(choice(choices)).into(),
        Kind::Few(choices, most) => ArrayBuilder::new().items(choice(choices)).max_items(Some(most)).into(),
        Kind::Petition => text("a register number", fields::SHORT).into(),
        Kind::Lines(most) => ArrayBuilder::new().items(text("", fields::LONG)).max_items(Some(most)).into(),
        Kind::Rows(of, Rows::UpTo(most)) => {
            ArrayBuilder::new().items(object(of)).max_items(Some(most)).into()
        }
        Kind::Rows(of, Rows::Requests) => ArrayBuilder::new().items(object(of)).into(),
    }
}

fn choice(choices: Choices) -> RefOr<Schema> {
    match choices {
        Choices::Words(_, words) => {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).into()
        }
        Choices::UnservedLetters
        | Choices::OwnLetters
        | Choices::Recommendations
        | Choices::UnpostedLetters
        | Choices::PostedLetters
        | Choices::ServedLetters
        | Choices::OpenPromises => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .description(Some("its place in the case's list, from 0"))
            .into(),
        Choices::Organs
        | Choices::Addressees
        | Choices::Townships
        | Choices::PetitionOffices
        | Choices::IntegrityBodies
        | Choices::OwnStaff
        | Choices::OwnersStaff
        | Choices::Officials
        | Choices::Recusable => ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into(),
        Choices::Kinds
        | Choices::Classes
        | Choices::OtherWays
        | Choices::Grounds
        | Choices::SimpleGrounds
        | Choices::DisposalBases
        | Choices::Remedies => text("a name that the procedure defines", fields::SHORT).into(),
    }
}

fn text(about: &str, most: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(most))
        .description((!about.is_empty()).then_some(about))
}

fn date(about: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description((!about.is_empty()).then_some(about))
}

fn version() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description(Some("the version that was looked at; another one is answered 409 `changed`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let routes: Vec<String> =
            crate::web::routes::API.iter().map(|route| format!("/api/v1{}", route.path)).collect();
        let documented: Vec<&String> = DOCUMENT.paths.paths.keys().collect();
        let mut n = 0;
        for path in &routes {
            // One line of the router, one path of the document for each act.
            let (stem, many) =
                path.strip_suffix("{verb}").map_or((path.as_str(), false), |stem| (stem, true));
            // What has a route of its own is no act.
            let is_act = |known: &str| {
                known.strip_prefix(stem).is_some_and(|verb| !verb.contains('/'))
                    && !routes.iter().any(|route| route == known)
            };
            let found = documented.iter().filter(|known| known.as_str() == stem || many && is_act(known));
            let found = found.count();
            let wanted = match stem {
                "/api/v1/track/" => OWN.len(),
                "/api/v1/cases/{case_ref}/" => given().count(),
                _ => 1,
            };
            assert_eq!(found, wanted, "{path}");
            assert_eq!(many, wanted > 1, "{path}");
            n += found;
        }
        assert_eq!(n, documented.len());
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        let text = serde_json::to_string(&*DOCUMENT).unwrap();
        let schemas = &DOCUMENT.components.as_ref().unwrap().schemas;
        let references = text.split("#/components/schemas/").skip(1);
        let names: Vec<&str> = references.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() > 100, "{}", names.len());
        assert!(names.iter().all(|name| schemas.contains_key(*name)), "{:?}", schemas.keys());
    }

    #[test]
    fn what_an_act_needs_is_what_the_document_requires() {
        let text = serde_json::to_value(&*DOCUMENT).unwrap();
        let schema = |path: &str| {
            text["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"].clone()
        };
        let extend = schema("/api/v1/cases/{case_ref}/extend");
        assert_eq!(extend["required"], serde_json::json!(["days", "reason", "seen"]));
        assert_eq!(extend["properties"]["days"]["maximum"], 366);
        assert_eq!(
            schema("/api/v1/track/rate")["properties"]["unit"]["enum"],
            serde_json::json!(["satisfied", "fairly", "dissatisfied"])
        );
        assert!(text["paths"]["/api/v1/cases/{case_ref}/pass"].is_null(), "the timer's");
    }
}
