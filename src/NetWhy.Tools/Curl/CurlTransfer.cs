using System.Globalization;
using System.Net;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>One URL, from its name to the last octet of its answer, redirects and authentication included.</summary>
internal sealed partial class CurlTransfer : IDisposable
{
    private readonly CurlOperation _operation;
    private readonly CurlGlobals _globals;
    private readonly CurlShared _shared;
    private readonly CurlTrace _trace;
    private readonly CurlPace _pace;
    private readonly CurlMeter? _meter;
    private readonly CurlConnector _connector;
    private readonly string? _upload;

    private CurlUrl _url = new();
    private string? _firstOrigin;
    private string? _firstHost;
    private CurlConnection? _connection;
    private CurlBody? _body;
    private string? _bodyType;
    private string _method = "GET";
    private string? _netrc;
    private DigestAnswer? _digest;
    private DigestAnswer? _proxyDigest;
    private bool _hasSentAuth;
    private bool _isAuthCleared;
    private bool _dropsBody;
    private CurlFailure? _failure;

    internal CurlTransfer(CurlOperation operation, CurlGlobals globals, CurlShared shared, CurlTrace trace, string url, string? upload, CurlSink sink, Stream? meter, int columns, CancellationToken cancellation)
    {
        (_operation, _globals, _shared, _trace, TypedUrl, _upload, Sink) = (operation, globals, shared, trace, url, upload, sink);
        _meter = meter is null ? null : new CurlMeter(meter, Progress, globals.UsesBar, columns);
        _pace = new CurlPace(operation, Progress, _meter, cancellation);
        _connector = new CurlConnector(operation, shared, trace, _pace);
        EffectiveUrl = url;
    }

    internal CurlProgress Progress { get; } = new();

    internal CurlSink Sink { get; }

    internal string TypedUrl { get; }

    internal string EffectiveUrl { get; private set; }

    internal int Index { get; init; }

    /// <summary>Whether it is another attempt at what failed.</summary>
    internal bool IsAgain { get; init; }

    /// <summary>Tag of what is there already; null where none is compared.</summary>
    internal string? ComparedEtag { get; init; }

    internal int Status { get; private set; }

    internal int ConnectStatus { get; private set; }

    internal string HttpVersion { get; private set; } = "0";

    internal string? ContentType { get; private set; }

    internal string? ErrorMessage => _failure?.Message;

    internal int ExitCode => _failure?.Code ?? 0;

    internal string LocalAddress { get; private set; } = "";

    internal int LocalPort { get; private set; }

    internal string RemoteAddress { get; private set; } = "";

    internal int RemotePort { get; private set; }

    internal string Method => _method;

    internal int NewConnections { get; private set; }

    internal int Redirects { get; private set; }

    internal string? RedirectUrl { get; private set; }

    internal string? Referer { get; private set; }

    /// <summary>The scheme of what the last connection was made for; null if there was none.</summary>
    internal string? Scheme { get; private set; }

    internal long HeaderSize { get; private set; }

    internal long RequestSize { get; private set; }

    internal long VerifyResult { get; private set; }

    /// <summary>How many the server sent, and their listing, a letter for each octet, where it is to be written.</summary>
    internal (int Count, string Text) Certificates { get; private set; } = (0, "");

    /// <summary>Fields of the last answer; none of an interim one, nor where curl has gone on to a request that it then did not make.</summary>
    internal List<(string Name, string Value)> HeaderLines { get; } = [];

    /// <summary>How many fields the last head that had any had.</summary>
    internal int HeaderCount { get; private set; }

    internal CurlFailure? Failure => _failure;

    /// <summary>Seconds after which the server wants to be asked again; null if it does not say.</summary>
    internal long? RetryAfter { get; private set; }

    /// <summary>Where it connected, or would have; null before an address was found.</summary>
    internal (IPAddress Address, int Port)? Destination { get; private set; }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        _body?.Dispose();
        _pace.Dispose();
    }

    /// <summary>Makes the transfer.</summary>
    internal void Run()
    {
        try
        {
            Perform();
        }
        catch (CurlFailure failure)
        {
            _failure = failure;
        }

        Progress.Total = Progress.SinceStart;
        if (_failure is { HasMessage: true, IsAfterwards: false })
            _trace.Say(_failure.Message.Split('\n')[0]);
        if (_failure is { Echo: { } echo })
            _trace.Say(echo);
        if (_started)
            _meter?.Done();
        if (_connection is not null)
        {
            _trace.Say(_failure is { LeavesConnection: true } ? $"Connection #{_connection.Id} to host {_connection.HostName} left intact" : $"Closing connection {_connection.Id}");
            if (_connection.Stream.Tls is { Reason: null } tls && tls.SayEnd() is var errno and not Errno.OK)
                _trace.Say($"Send failure: {LinuxException.Describe(errno)}");
            CloseConnection();
        }
        else if (_connecting is { } id)
        {
            _trace.Say($"Closing connection {id}");
        }
    }

    private long? _connecting; // number of the connection that is being made

    private bool _started;

    private void Perform()
    {
        _connecting = -1; // so curl calls one that there is not yet
        _url = CurlUrl.Parse(TypedUrl, _operation.Has("path-as-is"), _operation.Value("proto-default"));
        EffectiveUrl = _url.ToString();
        if (!_operation.Protocols.Contains(_url.Scheme))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Protocol \"{_url.Scheme}\" not supported or disabled in libcurl");
        if (_url.User is not null && _operation.Has("disallow-username-in-url"))
            throw new CurlFailure(67, "Option CURLOPT_DISALLOW_USERNAME_IN_URL is set and URL contains username.");
        Prepare();
        SwitchToTls(); // what it is asked by then is its origin
        (_firstOrigin, _firstHost) = (Origin(_url), _url.Host);
        _started = true;
        if (IsAgain)
            _meter?.SkipHeader();
        else
            _meter?.Update();
        while (true)
        {
            Progress.BeginSingle();
            SwitchToTls();
            EffectiveUrl = _url.ToString();
            Outcome outcome = Once();
            if (outcome is Outcome.Done)
                return;
            if (outcome is Outcome.Again)
                CountFollowed(_url); // curl counts them among the redirects
            else
                Follow();
        }
    }

    // Where the host said so before. Source: RFC 6797, section 8.3; a port that is named stays, as in curl.
    private void SwitchToTls()
    {
        lock (_shared.Lock)
        {
            if (_url.Scheme is not "http" || !_shared.Hsts.Knows(_url.Host, Now))
                return;
        }

        _url = _url with { Scheme = "https" };
        _trace.Say($"Switched from HTTP to HTTPS due to HSTS => {_url}");
        if (!_operation.Protocols.Contains(_url.Scheme) || (Redirects > 0 && !_operation.RedirectProtocols.Contains(_url.Scheme)))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Protocol \"{_url.Scheme}\" not supported or disabled in libcurl");
    }

    private static string Origin(CurlUrl url) => string.Create(CultureInfo.InvariantCulture, $"{url.Scheme}://{url.Host.ToLowerInvariant()}:{url.Port}");

    private void Prepare()
    {
        bool isQuery = _operation.Data is not null && (_operation.Has("get") || _operation.IsHead);
        if (_operation.UrlQueries.Count > 0 && !isQuery) // what -G makes of the data stands in its place
            AddQuery(string.Join('&', _operation.UrlQueries));
        if (_upload is not null)
        {
            _method = "PUT";
            _body = CurlBody.OfFile(_upload, _operation.ResumeAt ?? 0);
            if (_url.FileName.Length == 0 && _upload is not ("-" or "."))
                _url = _url with { Path = _url.Path + CurlText.Escaped(Path.GetFileName(_upload)) };
        }
        else if (_operation.Forms.Count > 0)
        {
            _method = "POST";
            _body = CurlForm.Build(_operation.Forms, _operation.Has("form-escape"), out string type);
            _bodyType = type;
        }
        else if (_operation.Data is { } data)
        {
            if (isQuery)
            {
                AddQuery(CurlText.Typed(data.ToArray()));
            }
            else
            {
                _method = "POST";
                _body = CurlBody.Of(data.ToArray());
                _bodyType = "application/x-www-form-urlencoded";
            }
        }

        if (_operation.IsHead)
            _method = "HEAD";
    }

    private void AddQuery(string query)
    {
        if (query.Any(letter => letter is <= ' ' or '\x7f'))
            throw new CurlFailure(CurlFailure.UrlMalformed); // a line of its own in the request, at worst
        if (_url.Query is { Length: > 0 } own)
            _url = _url with { Query = own is [.., '&'] ? own + query : $"{own}&{query}" };
        else
            _url = _url with { Query = query.Length > 0 ? query : null };
    }

    // The file's text; empty where it is not asked for, or cannot be read.
    private string Netrc()
    {
        if (_netrc is not null)
            return _netrc;
        bool isAsked = _operation.Has("netrc") || _operation.Has("netrc-optional") || _operation.Value("netrc-file") is not null;
        string path = _operation.Value("netrc-file") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "", ".netrc");
        try
        {
            _netrc = isAsked && path.Length > 0 ? CurlText.Typed(File.ReadAllBytes(path)) : "";
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            _netrc = "";
        }

        return _netrc;
    }

    // What the user typed stays with the host that was typed.
    private bool MayAuthenticate => _operation.Has("location-trusted") || Origin(_url) == _firstOrigin;

    // What is cleared once stays so, also where HSTS leads back.
    private bool MayLogIn => MayAuthenticate && (!_isAuthCleared || _operation.Has("location-trusted"));

    private bool AsksFile => _url.User is null || _url.Password is null || !_operation.Has("netrc-optional");

    // Where a file should have known.
    private void SayNoLogin()
    {
        bool isAsked = _operation.Has("netrc") || _operation.Has("netrc-optional") || _operation.Value("netrc-file") is not null;
        bool isKnown = !isAsked || !AsksFile || _operation.Value("user") is not null
            || CurlNetrc.Find(Netrc(), _url.Host, string.IsNullOrEmpty(_url.User) ? null : CurlUrl.Decoded(_url.User)) is not null;
        if (!isKnown)
            _trace.Say($"Couldn't find host {_url.Host} in the {_operation.Value("netrc-file") ?? ".netrc"} file; using defaults");
    }

    // What an option says counts before what the file does, and that before the URL, unless the file is optional and the URL says all.
    private (string? User, string? Password) Login()
    {
        if (_operation.Value("user") is { } option)
            return MayLogIn ? CurlOperation.SplitLogin(option) : (null, null);
        string? user = _url.User is { } given ? CurlUrl.Decoded(given) : null, password = _url.Password is { } secret ? CurlUrl.Decoded(secret) : null;
        if (AsksFile && CurlNetrc.Find(Netrc(), _url.Host, string.IsNullOrEmpty(user) ? null : user) is { } known)
            return known;
        return !MayLogIn || (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(password)) ? (null, null) : (user ?? "", password ?? ""); // a server logs nobody in elsewhere
    }

    private void Follow()
    {
        CurlUrl from = _url;
        CurlUrl to = from.Resolve(RedirectUrlRaw!, _operation.Has("path-as-is"));
        if (to.Fragment is null && from.Fragment is not null)
            to = to with { Fragment = from.Fragment };
        CheckFollowed(to);
        if (!_operation.RedirectProtocols.Contains(to.Scheme) || !_operation.Protocols.Contains(to.Scheme))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Protocol \"{to.Scheme}\" not supported or disabled in libcurl");
        Redirects++;
        Progress.MarkRedirect();
        if (_operation.Value("referer") is { } referer && referer.EndsWith(";auto", StringComparison.Ordinal))
            _autoReferer = from.Bare;
        if (!_operation.Has("location-trusted") && MayAuthenticate && _operation.Value("user") is not null)
        {
            if (from.Port != to.Port)
                _trace.Say($"Clear auth, redirects to port from {from.Port} to {to.Port}");
            else if (from.Scheme != to.Scheme)
                _trace.Say($"Clear auth, redirects scheme from {from.Scheme} to {to.Scheme}");
        }
        else if (from.Port != to.Port && !_operation.Has("location-trusted"))
        {
            _trace.Say($"Clear auth, redirects to port from {from.Port} to {to.Port}");
        }

        _isAuthCleared |= from.Port != to.Port || from.Scheme != to.Scheme; // also where both are the same once HSTS has its say
        _url = to;
        _trace.Say($"Issue another request to this URL: '{to}'");
        RedirectUrl = null;
        _digest = null;
        _hasSentAuth = false;
        bool isPost = _method is "POST" && !_dropsBody;
        bool turns = Status switch
        {
            301 => isPost && !_operation.Has("post301"),
            302 => isPost && !_operation.Has("post302"),
            303 => !(isPost && _operation.Has("post303")) && _method is not ("GET" or "HEAD"),
            _ => false,
        };
        if (turns)
        {
            _trace.Say(Status == 303 ? "Switch to GET" : "Switch from POST to GET");
            _method = _operation.IsHead ? "HEAD" : "GET";
            _dropsBody = true;
        }
        else if (HasBody && _body is { HasBegun: true })
        {
            _body.Rewind();
        }
    }

    private void CheckFollowed(CurlUrl to)
    {
        if (_operation.MaxRedirects < 0 || Redirects < _operation.MaxRedirects)
            return;
        RedirectUrl = to.ToString();
        HeaderLines.Clear();
        throw new CurlFailure(CurlFailure.TooManyRedirects, string.Create(CultureInfo.InvariantCulture, $"Maximum ({_operation.MaxRedirects}) redirects followed"));
    }

    private void CountFollowed(CurlUrl to)
    {
        CheckFollowed(to);
        Redirects++;
    }

    private string? RedirectUrlRaw { get; set; }

    private string? _autoReferer;

    private bool HasBody => _body is not null && !_dropsBody;

    private void CloseConnection()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private enum Outcome
    {
        Done,
        Again,
        Redirect,
    }
}
