// Messages after the kinds of RFC 4475 (SIP torture tests): valid ones that are hard to read, and broken ones. `at` is the port that they are sent to.

const message = (lines, body = '') => [...lines, '', body].join('\r\n');
const via = (n, more = '') => `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKt${n}${more}`;
const head = (n, method) => [via(n), 'Max-Forwards: 70', `From: <sip:caller@127.0.0.1>;tag=f${n}`, 'To: <sip:hotline@127.0.0.1>', `Call-ID: torture-${n}`, `CSeq: 1 ${method}`];
const invite = (n, changes = (lines) => lines, body = '') =>
  message(changes([`INVITE sip:hotline@127.0.0.1 SIP/2.0`, ...head(n, 'INVITE'), 'Contact: <sip:caller@127.0.0.1:9>', `Content-Length: ${body.length}`]), body);
const options = (n, changes) => message(changes([`OPTIONS sip:hotline@127.0.0.1 SIP/2.0`, ...head(n, 'OPTIONS'), 'Content-Length: 0']));
const replaced = (name, line) => (lines) => lines.map((one) => (one.startsWith(`${name}:`) ? line : one));
const without = (name) => (lines) => lines.filter((one) => !one.startsWith(`${name}:`));
const first = (line) => (lines) => [line, ...lines.slice(1)];
const plus = (...more) => (lines) => [...lines.slice(0, -1), ...more, lines.at(-1)];

export const torture = {
  'folded and spaced': invite('wsinv', () => ['INVITE sip:vivekg@127.0.0.1;unknownparam SIP/2.0', 'TO :', ' sip:vivekg@127.0.0.1 ;   tag    = 1918181833n', 'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
    '  ;', '  tag = 98asjd8', 'MaX-fOrWaRdS: 0068', 'Call-ID: wsinv.ndaksdj@192.0.2.1', 'Content-Length   : 0', 'cseq: 0009', '  INVITE', 'Via  : SIP  /   2.0', ' /UDP', '    192.0.2.2;branch=390skdjuw', 's :',
    'NewFangledHeader:   newfangled value', ' continued newfangled value', 'UnknownHeaderWithUnusualValue: ;;,,;;,;', 'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =', '      newvalue ;', '  secondparam ; q = 0.33']),
  'a method of odd letters': message(["!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@127.0.0.1 SIP/2.0", ...head('intmeth', "!interesting-Method0123456789_*+`.%indeed'~"), 'Content-Length: 0']),
  'escapes in the address': options('esc01', first('OPTIONS sip:sips%3Auser%40example.com@127.0.0.1 SIP/2.0')),
  'an escaped nothing': options('escnull', replaced('From', 'From: <sip:null-%00-null@127.0.0.1>;tag=1')),
  'a zero byte': options('zero', replaced('From', 'From: "a\0b" <sip:a@127.0.0.1>;tag=1')),
  'bad escapes': options('esc02', first('RE%47IST%45R sip:registrar.example.com SIP/2.0')),
  'no space before the bracket': options('lwsdisp', replaced('From', 'From: caller<sip:caller@127.0.0.1>;tag=323')),
  'long values': invite('longreq', (lines) => plus(`Subject: ${'long '.repeat(2000)}`, ...Array.from({ length: 60 }, (_, i) => `Via: SIP/2.0/UDP sip${i}.example.com;branch=z9hG4bK${'x'.repeat(60)}${i}`))(lines)),
  'a thousand headers': invite('headers', plus(...Array.from({ length: 1000 }, (_, i) => `X-H${i}: ${i}`))),
  'two messages in one packet': `${options('dblreq', (lines) => lines)}${options('dblreq2', (lines) => lines)}`,
  'semicolons in the user': options('semiuri', first('OPTIONS sip:user;par=u%40example.net@127.0.0.1 SIP/2.0')),
  'unknown transports': options('transports', plus('Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bK4')),
  'an answer without a reason': message(['SIP/2.0 100 ', ...head('noreason', 'INVITE'), 'Content-Length: 0']),
  'an answer of nobody\'s question': message(['SIP/2.0 200 OK', ...head('stray', 'INVITE'), 'Contact: <sip:x@127.0.0.1>', 'Content-Length: 0']),
  'an answer far too large': message(['SIP/2.0 4294967301 better not break the receiver', ...head('bigcode', 'INVITE'), 'Content-Length: 0']),
  'loose commas and semicolons': invite('badinv01', replaced('Contact', 'Contact: "" <> ;,;,;;,"Joe" <sip:joe@example.org>;;;;')),
  'a body longer than it says': invite('clerr', replaced('Content-Length', 'Content-Length: 9999'), 'v=0\r\n'),
  'a negative length': invite('ncl', replaced('Content-Length', 'Content-Length: -999'), 'v=0\r\n'),
  'numbers too large': options('scalar02', (lines) => replaced('CSeq', 'CSeq: 36893488147419103232 OPTIONS')(replaced('Max-Forwards', 'Max-Forwards: 300')(plus('Expires: 1000000000000000000000000000000')(lines)))),
  'an open quotation': invite('quotbal', replaced('To', 'To: "Mr. J. User <sip:j.user@127.0.0.1>')),
  'brackets round the address': invite('ltgtruri', first('INVITE <sip:user@127.0.0.1> SIP/2.0')),
  'blanks in the address': invite('lwsruri', first('INVITE sip:user@127.0.0.1; lr SIP/2.0')),
  'blanks in the first line': invite('lwsstart', first('INVITE  sip:user@127.0.0.1  SIP/2.0')),
  'a blank at the end': options('trws', first('OPTIONS sip:user@127.0.0.1 SIP/2.0  ')),
  'escaped headers in the address': invite('escruri', first('INVITE sip:user@127.0.0.1?Route=%3Csip:example.com%3E SIP/2.0')),
  'a date in the wrong zone': invite('baddate', plus('Date: Fri, 01 Jan 2010 16:00:00 EST')),
  'another version': options('badvers', (lines) => first('OPTIONS sip:user@127.0.0.1 SIP/7.0')(lines)),
  'two methods': options('mismatch01', replaced('CSeq', 'CSeq: 8 INVITE')),
  'an empty branch': options('badbranch', replaced('Via', 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK')),
  'no Via': options('novia', without('Via')),
  'no From, To, Call-ID': invite('insuf', (lines) => lines.filter((one) => !/^(From|To|Call-ID):/.test(one))),
  'an unknown scheme': options('unkscm', first('OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0')),
  'what must be understood': options('bext01', plus('Require: nothingSupportsThis, nothingSupportsThisEither', 'Proxy-Require: noProxiesSupportThis')),
  'a body that nobody reads': invite('invut', (lines) => plus('Content-Type: application/unknownformat')(replaced('Content-Length', 'Content-Length: 10')(lines)), '<audio/>\r\n'),
  'an unknown scheme of proof': message(['REGISTER sip:127.0.0.1 SIP/2.0', ...head('regaut01', 'REGISTER'), 'Authorization: NoOneKnowsThisScheme opaque-data=here', 'Content-Length: 0']),
  'one header twice': invite('multi01', plus('CSeq: 5 INVITE', 'Call-ID: another', 'From: sip:b@127.0.0.1;tag=9', 'Max-Forwards: 5', 'To: sip:c@127.0.0.1')),
  'two lengths': options('mcl01', plus('Content-Length: 5')),
  'no more hops': options('zeromf', replaced('Max-Forwards', 'Max-Forwards: 0')),
  'an INVITE of the year 1999': message(['INVITE sip:user@127.0.0.1 SIP/2.0', 'Via: SIP/2.0/UDP 127.0.0.1:9', 'From: <sip:a@127.0.0.1>', 'To: <sip:b@127.0.0.1>', 'Call-ID: inv2543', 'CSeq: 56 INVITE', 'Content-Length: 0']),
  'sound for nobody': invite('sdpbad', plus('Content-Type: application/sdp'), 'v=0\r\no=\r\ns\r\nm=audio 99999999999 RTP/AVP 0 0 0 0\r\na=rtpmap:999999 X/-1\r\nc=IN IP4 \r\n'),
  'a thousand streams': invite('streams', plus('Content-Type: application/sdp'), `v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${'m=audio 4000 RTP/AVP 0\r\n'.repeat(1000)}`),
  'a description that Sofia-SIP reads for ever': Buffer.from(invite('endless', plus('Content-Type: application/sdp'), 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RT\xb9/AVP 0 8\r\n'), 'latin1'),
  'nothing at all': '',
  'line ends only': '\r\n\r\n\r\n\r\n',
  'no SIP': 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'bytes': Buffer.from(Array.from({ length: 1400 }, (_, i) => (i * 7919) & 255)),
};
