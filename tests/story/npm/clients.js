// A hospital's program, as others would write it: fhir-kit-client writes, both read. Prints 'ok' and what was tried.
// node clients.js <base> <token>
import assert from 'node:assert/strict'
import * as Kit from 'fhir-kit-client'
import smart from 'fhirclient'

const [base, token] = process.argv.slice(2)
const headers = { Authorization: `Bearer ${token}` }
const kit = new Kit.Client({ baseUrl: base, bearerToken: token })
const tried = []
const step = async (name, todo) => { await todo(); tried.push(name) }
const status = async (asked) => { try { await asked; return 200 } catch (fault) { return fault.response?.status ?? fault.status } }
const ANA = {
  resourceType: 'Patient', name: [{ family: 'Ruiz', given: ['Ana'] }], birthDate: '1961-02-03', gender: 'female',
  identifier: [{ system: 'urn:clinic:numbers', value: 'n1' }],
}
const weight = (patient, kilos, day) => ({
  resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: patient }, effectiveDateTime: `2026-01-0${day}`,
  valueQuantity: { value: kilos, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
})
let ana

await step('fhir-kit-client: capabilityStatement, smart endpoints', async () => {
  const told = await kit.capabilityStatement()
  assert.equal(told.fhirVersion, '4.0.1')
  const known = new Kit.CapabilityTool(told)
  assert.equal(known.resourceCan('Patient', 'update'), true)
  const patient = told.rest[0].resource.find((r) => r.type === 'Patient')
  assert.deepEqual([patient.conditionalCreate, patient.conditionalUpdate, patient.conditionalDelete], [true, true, 'single'])
})
await step('fhir-kit-client: create, read, create on a condition', async () => {
  ana = await kit.create({ resourceType: 'Patient', body: ANA })
  assert.equal((await kit.read({ resourceType: 'Patient', id: ana.id })).name[0].family, 'Ruiz')
  const again = await kit.create({
    resourceType: 'Patient', body: { ...ANA, active: true }, options: { headers: { 'If-None-Exist': 'identifier=urn:clinic:numbers|n1' } },
  })
  assert.equal(again.id, ana.id)
  assert.equal(again.active, undefined)
})
await step('fhir-kit-client: update with If-Match', async () => {
  const { response } = Kit.Client.httpFor(await kit.read({ resourceType: 'Patient', id: ana.id }))
  const match = { headers: { 'If-Match': response.headers.get('etag') } }
  const changed = await kit.update({ resourceType: 'Patient', id: ana.id, body: { ...ANA, id: ana.id, active: true }, options: match })
  assert.equal(changed.active, true)
  const late = kit.update({ resourceType: 'Patient', id: ana.id, body: { ...ANA, id: ana.id, gender: 'other' }, options: match })
  assert.equal(await status(late), 412)
})
await step('fhir-kit-client: update on a condition, patch', async () => {
  const changed = await kit.update({ resourceType: 'Patient', searchParams: { identifier: 'urn:clinic:numbers|n1' }, body: { ...ANA, active: false } })
  assert.deepEqual([changed.id, changed.active], [ana.id, false])
  const patched = await kit.patch({ resourceType: 'Patient', id: ana.id, jsonPatch: [{ op: 'replace', path: '/active', value: true }] })
  assert.equal(patched.active, true)
})
await step('fhir-kit-client: transaction', async () => {
  const urn = 'urn:uuid:11111111-1111-4111-8111-111111111111'
  const entry = [
    { fullUrl: urn, resource: { ...ANA, identifier: [{ system: 'urn:clinic:numbers', value: 'n2' }], name: [{ family: 'Soto' }] },
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:clinic:numbers|n2' } },
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => ({
      resource: weight('Patient?identifier=urn:clinic:numbers|n1', 60 + n, n), request: { method: 'POST', url: 'Observation' },
    })),
    { resource: weight(urn, 80, 1), request: { method: 'POST', url: 'Observation' } },
  ]
  const done = await kit.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } })
  assert.equal(done.type, 'transaction-response')
  assert.deepEqual([...new Set(done.entry.map((e) => e.response.status))], ['201 Created'])
})
await step('fhir-kit-client: search and paging', async () => {
  let page = await kit.search({ resourceType: 'Observation', searchParams: { patient: ana.id, _count: 3 } })
  let found = []
  while (page) {
    found = found.concat(page.entry.map((e) => e.resource.id))
    page = await kit.nextPage({ bundle: page })
  }
  assert.equal(new Set(found).size, 7)
  const one = await kit.search({ resourceType: 'Observation', searchParams: { patient: ana.id, 'value-quantity': 'gt66' } })
  assert.equal(one.entry.length, 1)
  const mine = await kit.search({ resourceType: 'Observation', compartment: { resourceType: 'Patient', id: ana.id } })
  assert.equal(mine.entry.length, 7)
})
await step('fhir-kit-client: history and a version', async () => {
  const all = await kit.history({ resourceType: 'Patient', id: ana.id })
  assert.ok(all.entry.length >= 3)
  const first = await kit.vread({ resourceType: 'Patient', id: ana.id, version: '1' })
  assert.equal(first.active, undefined)
})
await step('fhir-kit-client: $everything', async () => {
  const all = await kit.operation({ name: '$everything', resourceType: 'Patient', id: ana.id, method: 'GET' })
  const kinds = all.entry.map((e) => e.resource.resourceType)
  assert.equal(kinds.filter((k) => k === 'Observation').length, 7)
  assert.ok(kinds.includes('Provenance'))
})

const client = smart({ headers: {}, url: '/' }, {}).client({ serverUrl: base, tokenResponse: { access_token: token } })
await step('fhirclient: request, references, pages', async () => {
  assert.equal((await client.request(`Patient/${ana.id}`)).name[0].family, 'Ruiz')
  const pages = await client.request(`Observation?patient=${ana.id}&_count=2`, { pageLimit: 0, flat: true, resolveReferences: ['subject'] })
  assert.equal(pages.length, 7)
  assert.equal(pages[0].subject.resourceType, 'Patient')
})
await step('fhirclient: create, update with If-Match, delete, a fault', async () => {
  const made = await client.create(weight(`Patient/${ana.id}`, 90, 8))
  const put = { headers: { 'If-Match': `W/"${made.meta.versionId}"`, 'Content-Type': 'application/fhir+json' } }
  const changed = await client.update({ ...made, status: 'amended' }, put)
  assert.equal(changed.status, 'amended')
  assert.equal(await status(client.update({ ...made, status: 'corrected' }, put)), 412)
  await client.delete(`Observation/${made.id}`)
  assert.equal(await status(client.request(`Observation/${made.id}`)), 410)
  assert.equal(await status(client.request('Observation?date=soon')), 400)
})
await step('fhirclient: history, $everything, $summary', async () => {
  assert.ok((await client.request(`Patient/${ana.id}/_history`)).entry.length >= 3)
  const all = await client.request(`Patient/${ana.id}/$everything?_count=4`, { pageLimit: 0, flat: true })
  assert.equal(all.filter((r) => r.resourceType === 'Observation').length, 7)
  assert.equal((await client.request(`Patient/${ana.id}/$summary`)).type, 'document')
})
await step('without a token nothing is given', async () => {
  assert.equal(await status(new Kit.Client({ baseUrl: base }).read({ resourceType: 'Patient', id: ana.id })), 401)
})
console.log(JSON.stringify({ ok: true, tried }))
