# Public intake under attack, the quick exit, devices that the office put up for visitors.
nav-exit = Leave quickly
form-leave-empty = Leave this field empty
submit-busy = Many petitions were filed from your network just now. Do not close the page after pressing “Submit”: your device first calculates for some seconds; without scripts you wait for at most a minute. Then the page shows the receipt.
submit-working = Calculating; it will be done in a moment. Please do not close the page …
follow-title = My petition
kiosk-no-file = No receipt can be downloaded to this shared device. Photograph the QR code or write down the code: you can download it with that at home.
kiosk-noted = I have noted the code: end and clear
trouble-crowded = Many are filing
trouble-crowded-advice = Please file again in a while.
trouble-tries-lead =
    { $n ->
    [one] Try again in { $n } minute.
    *[other] Try again in { $n } minutes.
    } Filing something new is not affected; you can also come or write ({ $address }) or telephone ({ $phone }).
