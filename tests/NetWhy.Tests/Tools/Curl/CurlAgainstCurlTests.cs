using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>What <c>netwhy curl</c> prints, on both streams, and exits with is what curl 7.88 does, at a server that misbehaves as told.</summary>
public sealed partial class CurlAgainstCurlTests : IDisposable
{
    private const string Original = "/usr/bin/curl";

    private static readonly string[] Lines =
    [
        "-sSv http://HERE/", "-sSv http://HERE/empty", "-sSv http://HERE/trunc", "-sSv http://HERE/nolen", "-sSv http://HERE/badchunk", "-sSv http://HERE/weird",
        "-sSv http://HERE/nocl", "-sSv http://HERE/excess", "-sSv http://HERE/close", "-sSv http://HERE/fold", "-sSvI http://HERE/", "-sSi http://HERE/chunk", "-sSi --raw http://HERE/chunk", "-sSv --raw http://HERE/chunk", "-sSv -H Host:x http://HERE/",
        "-fsS -p -x HERE http://refused.invalid/", "-fsSi -p -x HERE http://refused.invalid/", "-sS --fail-with-body -p -x HERE http://refused.invalid/", "-sSI -p -x HERE http://refused.invalid/", "-sSI -p -x HERE http://ex.invalid/",
        "-sSvL -d x=y http://HERE/redir", "-sSL --max-redirs 0 http://HERE/redir", "-sSv -x HERE -U a:b -u c:d http://ex.invalid/p", "-sSv -x HERE -p http://ex.invalid/p",
        "-sSv http://HERE/a http://HERE/b", "-sSv --http1.0 http://HERE/", "-sSv -u a:b --anyauth http://HERE/auth", "-sSv -u a:b --digest http://HERE/auth",
        "-sSv -H X:y -H Accept: -H Z; -A x http://HERE/", "-sSv --json {} http://HERE/", "-sSv -e http://r.invalid/ -r 0-3 http://HERE/", "-fsS http://HERE/auth",
        "-sSv -c - http://HERE/cookie", "-sSv -G -d a=b --data-urlencode c=d& http://HERE/?x", "-sS http://HERE/[1-3]{a,b}", "--trace-ascii - -s http://HERE/trunc", "--trace - -s http://HERE/trunc",
        "-sS --max-filesize 2 http://HERE/", "-sS -C 3 http://HERE/", "-sSv --resolve x.invalid:PORT:127.0.0.1 http://x.invalid:PORT/", "-sSv -z 2020-01-01 http://HERE/", "-sSv --http2 http://HERE/",
        "-sSv http://127.0.0.1:1/", "-sS --unix-socket /nosuch http://x.invalid/", "-sS foo://x", "-sS http://", "-sS -x foo://x http://127.0.0.1/", "-sS http://HERE/[1-", "--nosuch", "--ma", "--max-time x http://HERE/", "-H", "--no-data x",
        "-sS -w %{http_code}_%{size_download}_%{size_header}_%{size_request}_%{num_connects}_%{redirect_url}_%{scheme}_%{method}_%{exitcode}_%{nosuch} http://HERE/redir", "-sS -o /dev/null -w %{header_json} http://HERE/",
        "-m 2 -sS http://HERE/silent",
        "-sSv -c - http://HERE/cookies", "-sS -c - http://HERE/many", "-sSv --resolve a.example.com:PORT:127.0.0.1 -c - http://a.example.com:PORT/cookies", "-sS -u a:b --digest --max-redirs 3 http://HERE/stale",
        "-sS -u a:b --digest -w %{num_redirects} http://HERE/digest", "-sS -C 3 http://HERE/part", "-sS --retry 1 --retry-max-time 1 http://HERE/later",
        "-sS -z 9999-12-31 http://HERE/far", "-sSv -u a:b http://c:d@HERE/", "-sS -L -u a:b http://HERE/elsewhere", "-sS http://HERE/flood",
        "--no-progress-meter -o /dev/full http://HERE/", "--no-progress-meter -o /nosuch/x http://HERE/", "-sS -o /dev/null --trace /nosuch/x http://HERE/",
        "--no-progress-meter -d @ http://HERE/", "-K /nosuch http://HERE/", "-sS -m NaN http://HERE/", "--retry 99999999999999999999 http://HERE/",
        "-sS --resolve bad http://HERE/", "-OJ -C - http://HERE/",
        "-sSv -H X:é€ -b c=é€ -A ü -e ö -u é:ü http://HERE/é?€ -w %{url}é%{header_json}", "-sSv -c /dev/null http://HERE/octets http://HERE/b", "-sSv -u é:ü --digest http://HERE/digest", "-sSv http://%c3%a9:%e9@HERE/",
        "-sS -w %{url_effective} http://HERE/%41é/../ü?é#é", "-sS -G --data-binary @/etc/hosts http://HERE/", "-sS -G -d é http://HERE/ü",
        "-sSvL -x HERE http://one.invalid/login", "-sSvL -x HERE http://two.invalid/login", "-sSvL -x HERE -u a:b http://one.invalid/login", "-sSvL -x HERE --location-trusted http://one.invalid/login",
        "-sSv -G --url-query a=b -d c=d http://HERE/", "-sSv -G --url-query a=b http://HERE/?x=1&", "-sSv --url-query a=b -d c=d http://HERE/?x", "-sSv -I -G --url-query a=b -d c=d http://HERE/?", "-sSv -G -T /etc/hostname -d a http://HERE/",
        "-sSv -d a=b --next -d c=d http://HERE/",
        "-sSv -w |%{http_code}|%{num_headers}|%{header_json} http://HERE/other", "-sSv http://HERE/none",
        "-sSL --max-redirs 0 http://HERE/redir -w |%{num_headers}|%{redirect_url}|%{header_json}|%header{location}|",
        // attempts again
        "-v --retry 1 -f -o /dev/null http://HERE/500", "-sSv --retry 1 -f http://HERE/500", "-sS --retry 1 -f http://HERE/500", "--no-progress-meter --retry 1 --fail-with-body http://HERE/500",
        "--no-progress-meter --retry 1 -o FILE http://HERE/500", "-i -sS --retry 1 -o FILE http://HERE/500", "--no-progress-meter --retry 1 --retry-connrefused http://127.0.0.1:1/", "--no-progress-meter --retry 1 --retry-all-errors http://HERE/empty",
        "-iL -sS --retry 1 -o FILE http://HERE/wait", "-iL -sS --retry 1 -o FILE http://HERE/to-wait",
        "-sS --retry 1 -m 1 -w %{http_code}_%{errormsg} http://HERE/silent",
        // where it connects
        "-sSv --connect-to x.invalid:80:127.0.0.1:1 --connect-to ::HERE http://x.invalid/", "-sSv --connect-to :::1 http://127.0.0.1/", "-sSv --connect-to ::a:b http://HERE/", "-sSv --connect-timeout 0.3 http://FULL/",
        "-sSv --connect-timeout 0.4 --resolve x.invalid:PORTOFFULL:127.0.0.1,127.0.0.1 http://x.invalid:PORTOFFULL/", "-sSv -m 0.3 http://FULL/", "-sSv --connect-timeout 0.3 -x FULL http://x.invalid/", "-sSv -4 http://[::1]:1/", "-sSv http://[::1%25lo]:1/",
        "-sSv --interface 127.0.0.2 http://HERE/", "-sSv --haproxy-protocol http://HERE/", "-sSv --http2-prior-knowledge http://HERE/",
        // redirects
        "-sSvL http://HERE/moved", "-sSvL http://HERE/moved-and-closed", "-sSvL http://HERE/moved-of-old", "-sSvL http://HERE/moved-and-ended", "-sSvL -d a=b http://HERE/moved", "-sSvL -X POST -d a=b http://HERE/moved", "-sSvLI http://HERE/redir",
        "-sSL -o /dev/null -w %{url_effective}_%{num_redirects}_%{num_connects} http://HERE/redir", "-sSL --max-redirs 2 http://HERE/round", "-sSvL -e ;auto http://HERE/redir",
        // answers that are not as expected
        "-sSv http://HERE/of-old http://HERE/", "-sSv http://HERE/version", "-sSv -I --http0.9 http://HERE/weird", "-sSv http://HERE/coded", "-sS --raw http://HERE/coded", "-sSv http://HERE/coded-strangely", "-sSv --compressed http://HERE/compressed", "-sSv --compressed http://HERE/not-compressed",
        "-sSv --max-filesize 2 http://HERE/", "-sSv -C 3 http://HERE/auth", "-sSv -C 6 http://HERE/", "-sSv -C 3 http://HERE/beyond", "-sSv -z 2030-01-01 http://HERE/dated", "-sSv -z -2000-01-01 http://HERE/dated", "-sSv http://HERE/none-of-50",
        // tags, names and passwords
        "-sSv --etag-compare /nosuch http://HERE/tagged", "--etag-compare /nosuch http://HERE/tagged", "--etag-save /nosuch/x -o /dev/null http://HERE/tagged", "-sS --etag-save - http://HERE/tagged", "-sSv --etag-compare FILE --etag-save FILE http://HERE/tagged",
        "-sS -u a:b --digest http://HERE/doubled", "-sSv -u a:b --digest -d c=d -H Content-Length:3 http://HERE/digest", "-sSv --oauth2-bearer t http://HERE/", "-sSv --netrc-file /etc/hostname http://HERE/",
        // what is sent
        "-sSv -H A; -H B:c;d -H E;f http://HERE/", "-sSv -X POST -d  http://HERE/", "-sSv -F a=b -F f=@/etc/hostname http://HERE/", "-sSv -F f=@/etc/hostname;type=text/x;filename=n http://HERE/",
        "-sS -T /nosuch http://HERE/", "-T /nosuch http://HERE/", "-sSv -X DELETE http://HERE/", "-sSv -b a=b;c=d http://HERE/", "-sSv -A  -H Accept: http://HERE/", "-sSv --url-query a=b&c http://HERE/", "-sSv --data-binary @/etc/hostname http://HERE/",
        // where it goes, and what is told
        "-sS -O http://HERE/", "--no-progress-meter -O http://HERE/", "-sS -D - -o /dev/null http://HERE/redir", "-sS --remote-name-all --no-remote-name http://HERE/a", "-sSI http://HERE/auth", "-s -w %{errormsg}_%{exitcode} http://127.0.0.1:1/",
        "-sS -o /dev/null -w %header{content-length}_%{content_type}_%{num_headers}_%{remote_ip}_%{local_ip} http://HERE/", "-sS --trace-ascii - -d a=b -o /dev/null http://HERE/", "-sS --fail-early http://127.0.0.1:1/ http://HERE/",
        // proxies that refuse, or are none; heads without an end
        "-sSv -x HERE -U a:b http://one.invalid/proxied", "-sSv -x HERE http://one.invalid/proxied", "-sSv -x HERE -U a:b --proxy-digest http://one.invalid/proxied-digest", "-sSv -x HERE -U a:b -p http://proxied.invalid/", "-sSv -x HERE -p http://proxied.invalid/", "-sSv -x HERE -p http://forbidden.invalid/",
        "-sSv -x socks4a://HERE http://x.invalid/", "-sSv -x socks4://HERE http://127.0.0.1:1/", "-sSv -x socks5://HERE http://127.0.0.1:1/",
        "-sSL --max-redirs -1 -o /dev/null -w %{num_redirects}_%{size_header}_%{errormsg} http://HERE/round-wide", "-sS -D - -o /dev/null http://HERE/wide",
        "-sSvL -x HERE -u a:b http://one.invalid/away", "-sSvL -x HERE --location-trusted -u a:b http://one.invalid/away", "-sSvL -x HERE http://c:d@one.invalid/away",
        "-sSv http://HERE/a http://HERE/reset",
        // a local end that cannot be had, and what ends before it begins
        "-sSv --interface if!nosuch http://HERE/", "-sSv --interface localhost http://HERE/", "-sSv --interface 127.0.0.1 --local-port PORT http://HERE/", "-sSv --interface 192.0.2.1 --connect-to ::HERE http://localhost/",
        "-sSv --interface 127.0.0.1 http://localhost:1/", "-sSv --interface ::1 http://localhost:1/", "-sSv --interface localhost http://localhost:1/", "-sSv --interface localhost -6 http://localhost:1/", "-sSv --interface ::1 http://HERE/", "-sSv --interface 127.0.0.1 http://[::1]:1/",
        "-sSv --interface 192.0.2.1 http://localhost:1/", "-sSv --interface 2001:db8::1 http://localhost:1/", "-sSv --interface if!127.0.0.1 http://localhost:1/", "-sSv --interface host!127.0.0.1 http://HERE/ http://127.0.0.1:1/", "-sSv --interface host!lo http://localhost:1/", "-sSv --interface lo --local-port PORT http://HERE/",
        "-sSv --abstract-unix-socket nosuch http://x.invalid/", "-sSv foo://x", "-sSv http://", "-sSv http://127.0.0.1:99999/", "-sSv -x foo://x http://127.0.0.1/", "-sSv --proto =https http://HERE/", "-sSv -6 http://HERE/",
        // families that do not fit what is known, or was asked for before
        "-sSv -6 --resolve localhost:1:127.0.0.1 http://localhost:1/", "-sSv -4 --resolve localhost:PORT:[::1] http://localhost:PORT/", "-sSv -4 --resolve *:PORT:[::1] http://localhost:PORT/", "-sSv -6 --resolve x.invalid:PORT:127.0.0.1 http://x.invalid:PORT/",
        "-sSv http://HERE/ --next -v -4 http://HERE/", "-sSv -4 http://HERE/ --next -v -4 http://HERE/", "-sSv -4 http://HERE/ --next -v http://HERE/",
        // the number of the URL, lengths that contradict each other, and what is too slow
        "-sS http://HERE/{a,b} http://HERE/c -w %{urlnum}_", "-sS http://HERE/a -w %{urlnum}_ --next -sS http://HERE/[1-2] http://HERE/d -w %{urlnum}_", "-m 1 -sS http://HERE/lengths", "-sSI http://HERE/lengths",
        "-sS -y 1 -Y 1000 -w _%{size_download}_%{exitcode} http://HERE/stalls", "-sS -y 1 -Y 1000 http://HERE/silent",
        // the scheme of the last connection, if there was one
        "-sS -w %{scheme}_ http://127.0.0.1:1/", "-sSL -o /dev/null -w %{scheme}_%{num_redirects} http://HERE/elsewhere", "-sSL -o /dev/null -w %{scheme}_%{num_redirects} -x HERE http://one.invalid/secure", "-sS -w %{scheme}_ -x 127.0.0.1:1 https://one.invalid/",
    ];

    private static readonly Dictionary<string, string> Answers = new()
    {
        ["/empty"] = "",
        ["/other"] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\nhello",
        ["/none"] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
        ["/trunc"] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        ["/nolen"] = "HTTP/1.1 200 OK\r\n\r\nhello",
        ["/badchunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        ["refused.invalid:80"] = "HTTP/1.1 403 Forbidden\r\nX: y\r\nContent-Length: 3\r\n\r\nno\n",
        ["/chunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        ["/weird"] = "FOO bar\r\n\r\n",
        ["/nocl"] = "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello",
        ["/excess"] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello",
        ["/close"] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nhel",
        ["/fold"] = "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 3\r\n\r\nhel",
        ["/auth"] = "HTTP/1.1 401 no\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3\r\n\r\nhel",
        ["/cookie"] = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; path=/\r\nContent-Length: 3\r\n\r\nhel",
        ["/cookies"] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + string.Concat(((string[])["a=b; domain=.", "a=b; domain=com", "a=b; domain=example.com", "a=b; domain=other.invalid", "__SECURE-a=b", "b=c; secure", "a\x01=b"]).Select(cookie => $"Set-Cookie: {cookie}\r\n")) + "\r\n",
        ["/many"] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"Set-Cookie: c{i}=d\r\n")) + "\r\n",
        ["/stale"] = "HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\", stale=true\r\nContent-Length: 0\r\n\r\n",
        ["/digest"] = "HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 3\r\n\r\nhel",
        ["/part"] = "HTTP/1.1 206 OK\r\nContent-Range: bytes 4-6/7\r\nContent-Length: 3\r\n\r\nhel",
        ["/later"] = "HTTP/1.1 503 no\r\nRetry-After: 99999999999999999\r\nContent-Length: 3\r\n\r\nhel",
        ["/wait"] = "HTTP/1.1 429 no\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        ["/to-wait"] = "HTTP/1.1 301 OK\r\nLocation: /wait\r\nContent-Length: 0\r\n\r\n",
        ["/far"] = "HTTP/1.1 200 OK\r\nLast-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 3\r\n\r\nhel",
        ["/elsewhere"] = "HTTP/1.1 302 OK\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 3\r\n\r\nhel",
        ["/octets"] = "HTTP/1.1 200 OK\r\nSet-Cookie: s=\xe9\r\nSet-Cookie: t=\xc3\xa9\r\nContent-Length: 3\r\n\r\nhel",
        ["/login"] = "HTTP/1.1 302 OK\r\nLocation: http://x:y@two.invalid/\r\nContent-Length: 3\r\n\r\nhel",
        ["/secure"] = "HTTP/1.1 302 OK\r\nLocation: https://proxied.invalid/\r\nContent-Length: 3\r\n\r\nhel",
        ["/away"] = "HTTP/1.1 302 OK\r\nLocation: http://two.invalid/\r\nContent-Length: 3\r\n\r\nhel",
        ["/flood"] = string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 13_000)),
        ["/500"] = "HTTP/1.1 500 no\r\nContent-Length: 3\r\n\r\nhel",
        ["/moved"] = "HTTP/1.1 301 OK\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        ["/moved-and-closed"] = "HTTP/1.1 302 OK\r\nLocation: /x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nhel",
        ["/moved-of-old"] = "HTTP/1.0 302 OK\r\nLocation: /x\r\n\r\nhel",
        ["/moved-and-ended"] = "HTTP/1.0 302 OK\r\nLocation: /x\r\n\r\n",
        ["/round"] = "HTTP/1.1 302 OK\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n",
        ["/of-old"] = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nhel",
        ["/version"] = "HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nhel",
        ["/coded"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n19\r\n" + Zipped + "\r\n0\r\n\r\n",
        ["/coded-strangely"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\nhello",
        ["/compressed"] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n" + Zipped,
        ["/not-compressed"] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        ["/beyond"] = "HTTP/1.1 416 no\r\nContent-Range: bytes */2\r\nContent-Length: 3\r\n\r\nhel",
        ["/dated"] = "HTTP/1.1 200 OK\r\nLast-Modified: Tue, 13 Jun 2000 12:10:00 GMT\r\nContent-Length: 3\r\n\r\nhel",
        ["/none-of-50"] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n",
        ["/tagged"] = "HTTP/1.1 200 OK\r\nETag: \"t\"\r\nContent-Length: 3\r\n\r\nhel",
        ["/doubled"] = "HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm=\"x\", nonce=1, nonce=2\r\nContent-Length: 3\r\n\r\nhel",
        ["/proxied"] = "HTTP/1.1 407 no\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3\r\n\r\nhel",
        ["/proxied-digest"] = "HTTP/1.1 407 no\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 3\r\n\r\nhel",
        ["forbidden.invalid:80"] = "HTTP/1.1 403 no\r\nContent-Length: 3\r\n\r\nhel",
        ["proxied.invalid:80"] = "HTTP/1.1 407 no\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3\r\n\r\nhel",
        ["/round-wide"] = "HTTP/1.1 302 OK\r\nLocation: /round-wide\r\nX: " + new string('x', 20_000) + "\r\nContent-Length: 0\r\n\r\n",
        ["/wide"] = "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('x', 20_000) + "\r\n", 20)) + "Content-Length: 0\r\n\r\n",
        ["/lengths"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        ["/stalls"] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        ["/redir"] = "HTTP/1.1 302 OK\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nhel",
    };

    // A frame of HTTP/2 with which a server begins.
    private const string Settings = "\0\0\0\u0004\0\0\0\0\0";

    // What gzip makes of "hello".
    private const string Zipped = "\x1f\x8b\b\0\0\0\0\0\x02\xff\xcbH\xcd\xc9\xc9\a\0\x86\xa6\x10\x36\x05\0\0\0";

    // Paths behind whose answers further requests may follow: whether these meet the end would be chance.
    private static readonly HashSet<string> Kept =
    [
        "/redir", "/octets", "/login", "/away", "/secure", "/auth", "/stale", "/digest", "/500", "/moved", "/round", "/of-old", "/doubled",
        "/proxied", "/proxied-digest", "/round-wide", "/lengths", "/stalls",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-curl").FullName;
    private readonly AcceptingServer _server = new(AnswerAsync);
    private readonly TcpListener _full = new(IPAddress.Loopback, 0);
    private readonly TcpClient _waiting = new(), _alsoWaiting = new();

    public CurlAgainstCurlTests()
    {
        Assert.SkipUnless(File.Exists(Original), "curl is not installed");
        _full.Start(0);
        _waiting.Connect((IPEndPoint)_full.LocalEndpoint); // its queue is full now: nobody accepts
        _ = _alsoWaiting.ConnectAsync((IPEndPoint)_full.LocalEndpoint, TestContext.Current.CancellationToken).AsTask();
    }

    [Fact]
    public void Both_streams_and_exit_codes_are_those_of_curl()
    {
        Assert.SkipUnless(NetWhyProgram.Run(Original, ["-V"], []).Output.StartsWith("curl 7.88.1", StringComparison.Ordinal), "curl is not 7.88.1");
        var wrong = new ConcurrentBag<string>();
        Parallel.ForEach(Lines, new ParallelOptions { MaxDegreeOfParallelism = 4 }, line =>
        {
            ProgramResult original = Masked(NetWhyProgram.Run(Original, Words(line, "original"), []));
            ProgramResult ours = Masked(NetWhyProgram.Run(["curl", .. Words(line, "ours")]));
            if (original != ours)
                wrong.Add($"curl {line}\n--- original\n{original}\n--- ours\n{ours}");
        });

        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong));
    }

    [Theory]
    [InlineData("", 18)]
    [InlineData("SSH-2.0-x\r\n", 52)]
    [InlineData("HTTP/1.1 400 no\r\nContent-Length: 0\r\n\r\n", 52)]
    [InlineData("\0\0", 18)]
    [InlineData(Settings, 18)]
    [InlineData(Settings + "\0\0\u0001\u0001\u0004\0\0\0\u0001\u0088" + "\0\0\u0003\0\0\0\0\0\u0001hel", 18)] // an answer, and the half of its body
    public void The_end_of_what_was_taken_for_HTTP2_is_told_as_curl_tells_it(string said, int exitCode)
    {
        using var server = new AcceptingServer(async peer =>
        {
            using NetworkStream stream = peer.GetStream();
            byte[] buffer = new byte[4096];
            _ = await stream.ReadAsync(buffer);
            await Task.Delay(200); // until all of the request is there: a reset would be told otherwise
            while (stream.DataAvailable)
                _ = await stream.ReadAsync(buffer);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(said));
        });
        string[] words = ["-sSv", "--http2-prior-knowledge", $"http://{server.Here}/"];

        ProgramResult original = Masked(NetWhyProgram.Run(Original, words, []));
        ProgramResult ours = Masked(NetWhyProgram.Run(["curl", .. words]));

        Assert.Equal(original, ours);
        Assert.Equal(exitCode, ours.ExitCode);
    }

    [Theory]
    [InlineData("http://HERE/ > /dev/full")]
    [InlineData("-sS -Z http://HERE/ http://HERE/ > /dev/full")]
    [InlineData("-sSi http://HERE/ > /dev/full")]
    [InlineData("-sS -Z -w %{http_code} -o /dev/null http://HERE/ -o /dev/null http://HERE/ > /dev/full")]
    [InlineData("-sS --trace - -o /dev/null http://HERE/ > /dev/full")]
    [InlineData("-sS -c - -o /dev/null http://HERE/cookie > /dev/full")]
    [InlineData("-sS http://127.0.0.1:1/ 2> /dev/full")]
    [InlineData("-sS -Z http://127.0.0.1:1/ http://127.0.0.1:1/ 2> /dev/full")]
    [InlineData("-sSv http://HERE/ 2> /dev/full")]
    [InlineData("-sS --trace /dev/full http://HERE/")]
    [InlineData("-sS --stderr /dev/full http://127.0.0.1:1/")]
    public void Where_a_stream_is_full_it_exits_as_curl(string line)
    {
        string words = line.Replace("HERE", _server.Here, StringComparison.Ordinal);

        int original = NetWhyProgram.Run("sh", ["-c", $"{Original} {words}"], []).ExitCode;
        int ours = NetWhyProgram.Run("sh", ["-c", $"{NetWhyProgram.Path} curl {words}"], []).ExitCode;

        Assert.Equal(original, ours);
    }

    [Theory]
    [InlineData("--http3 http://127.0.0.1:1/", "the installed libcurl version doesn't support this")]
    [InlineData("--doh-url https://127.0.0.1:1/ http://127.0.0.1:1/", "netwhy curl has no --doh-url")]
    public void What_is_missing_is_refused_by_name(string line, string reason)
    {
        ProgramResult result = NetWhyProgram.Run(["curl", .. line.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _server.Dispose();
        _waiting.Dispose();
        _alsoWaiting.Dispose();
        _full.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string[] Words(string line, string side)
    {
        string full = _full.LocalEndpoint.ToString()!;
        string file = Path.Combine(_folder, $"{Array.IndexOf(Lines, line)}-{side}");
        return
        [
            .. line.Replace("HERE", _server.Here, StringComparison.Ordinal).Replace("PORTOFFULL", full.Split(':')[1], StringComparison.Ordinal).Replace("FULL", full, StringComparison.Ordinal)
                .Replace("PORT", _server.Here.Split(':')[1], StringComparison.Ordinal).Replace("FILE", file, StringComparison.Ordinal).Split(' '),
        ];
    }

    // Answers in one segment, so that what one read gives is the same for all; what has no way of its own keeps the connection.
    private static async Task AnswerAsync(TcpClient peer)
    {
        try
        {
            using NetworkStream stream = peer.GetStream();
            byte[] buffer = new byte[65_536];
            for (string text = ""; ;)
            {
                int read = await stream.ReadAsync(buffer);
                if (read == 0)
                    return;
                text += Encoding.Latin1.GetString(buffer, 0, read);
                if (text[0] is '\x04' or '\x05')
                {
                    await stream.WriteAsync("HTTP/1.1 400 no\r\n\r\n"u8.ToArray()); // it is no proxy of SOCKS
                    return;
                }

                if (!text.Contains("\r\n\r\n", StringComparison.Ordinal) || (text.Contains("boundary=", StringComparison.Ordinal) && !text.EndsWith("--\r\n", StringComparison.Ordinal)))
                    continue; // a form comes behind its head
                bool answersProxy = text.Contains("Proxy-Authorization: Digest", StringComparison.Ordinal);
                string path = text.Split(' ')[1].Replace("http://one.invalid", "", StringComparison.Ordinal).Replace("http://two.invalid", "", StringComparison.Ordinal);
                text = "";
                if (path is "/silent")
                    continue;
                if (path is "/reset")
                {
                    peer.Client.LingerState = new LingerOption(enable: true, 0);
                    peer.Client.Dispose(); // the stream's end would come before the reset
                    return;
                }

                string? answer = answersProxy ? null : Answers.GetValueOrDefault(path);
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer ?? "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\nhello\n"));
                if (answer is not null && !Kept.Contains(path))
                    return;
            }
        }
        catch (IOException)
        {
            // the client has gone
        }
    }

    private static ProgramResult Masked(ProgramResult result) =>
        result with { Output = Masks().Replace(result.Output, "#"), Error = LastTries().Replace(Masks().Replace(result.Error, "#"), "Connection timeout #\n") };

    // The time of the last address ends with that of all. Which of them curl sees first is a matter of a fraction of a millisecond.
    [GeneratedRegex(@"(?:ipv4 connect timeout #, move on!\n\* )?Failed to connect to \S+ port \d+ #: Timeout was reached\n")]
    private static partial Regex LastTries();

    [GeneratedRegex(@"0x[0-9a-f]{6,}|0x1\b|\d+ milliseconds|after \d+ ?ms|(?<=boundary=)-+[0-9a-f]+|\r *\d+ [^\n]{60,}")]
    private static partial Regex Masks();
}
