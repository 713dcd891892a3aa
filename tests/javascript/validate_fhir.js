// What the package `fhir` (R4) says of bundles: JSON of {name: bundle} on stdin, {name: messages} on stdout.
import { readFileSync } from 'node:fs';
import fhir from 'fhir';

const validator = new fhir.Fhir();
const bundles = JSON.parse(readFileSync(0, 'utf8'));
const said = Object.entries(bundles).map(([name, bundle]) => [name, validator.validate(bundle).messages]);
process.stdout.write(JSON.stringify(Object.fromEntries(said)));
