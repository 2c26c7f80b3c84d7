//! Letters with legal effect: their wording and layout. Knows neither SQL nor HTTP.
