namespace NetWhy.Tools.Curl;

/// <summary>One URL with where its answer goes, as the command line names them.</summary>
internal sealed class CurlNode
{
    /// <summary>The URL, with its ranges; null while only the output was named.</summary>
    internal string? Url { get; set; }

    /// <summary>Where the answer goes; null for standard output, or the name in the URL.</summary>
    internal string? Output { get; set; }

    /// <summary>Whether <see cref="Output"/> or <see cref="UsesRemoteName"/> was set.</summary>
    internal bool HasOutput { get; set; }

    /// <summary>Whether the file is named as the URL names it.</summary>
    internal bool UsesRemoteName { get; set; }

    /// <summary>What is to be sent up, with its ranges; null for nothing.</summary>
    internal string? Upload { get; set; }

    /// <summary>Whether <see cref="Upload"/> was set.</summary>
    internal bool HasUpload { get; set; }
}

/// <summary>What a proxy speaks.</summary>
internal enum CurlProxyKind
{
    /// <summary>HTTP.</summary>
    Http,

    /// <summary>HTTP/1.0 with CONNECT.</summary>
    Http10,

    /// <summary>HTTP through TLS.</summary>
    Https,

    /// <summary>SOCKS 4.</summary>
    Socks4,

    /// <summary>SOCKS 4, names resolved there.</summary>
    Socks4a,

    /// <summary>SOCKS 5.</summary>
    Socks5,

    /// <summary>SOCKS 5, names resolved there.</summary>
    Socks5Hostname,
}

/// <summary>Versions of HTTP that may be asked for.</summary>
internal enum CurlHttpVersion
{
    /// <summary>HTTP/2 where TLS agrees on it, else HTTP/1.1.</summary>
    Any,

    /// <summary>HTTP/1.0.</summary>
    Http10,

    /// <summary>HTTP/1.1.</summary>
    Http11,

    /// <summary>HTTP/2, in the clear by an upgrade.</summary>
    Http2,

    /// <summary>HTTP/2 without asking.</summary>
    Http2Prior,
}

/// <summary>Schemes of authentication.</summary>
[Flags]
internal enum CurlAuth
{
    /// <summary>Not said.</summary>
    None = 0,

    /// <summary>Basic.</summary>
    Basic = 1,

    /// <summary>Digest.</summary>
    Digest = 2,

    /// <summary>A bearer token.</summary>
    Bearer = 4,
}

/// <summary>The options of one operation: everything between two <c>--next</c>.</summary>
internal sealed class CurlOperation
{
    internal List<CurlNode> Nodes { get; } = [];

    // Switches by the option's name, as far as nothing more is to be known of them.
    internal HashSet<string> Switches { get; } = [];

    // Last values by the option's name.
    internal Dictionary<string, string> Values { get; } = [];

    internal List<string> Headers { get; } = [];

    internal List<string> ProxyHeaders { get; } = [];

    internal List<string> Resolves { get; } = [];

    internal List<string> ConnectTos { get; } = [];

    internal List<string> Cookies { get; } = [];

    internal List<string> CookieFiles { get; } = [];

    internal List<(string Text, bool IsLiteral)> Forms { get; } = [];

    internal List<string> UrlQueries { get; } = [];

    /// <summary>What <c>-d</c> and its kin put together; null if there was none.</summary>
    internal MemoryStream? Data { get; set; }

    internal bool IsJson { get; set; }

    internal CurlHttpVersion Version { get; set; }

    internal CurlAuth Auth { get; set; }

    internal CurlAuth ProxyAuth { get; set; }

    internal CurlProxyKind ProxyKind { get; set; }

    internal string? Proxy { get; set; }

    internal int? TlsMin { get; set; }

    internal int? TlsMax { get; set; }

    internal int Family { get; set; } // 0, 4 or 6

    internal TimeSpan? ConnectTimeout { get; set; }

    internal TimeSpan? MaxTime { get; set; }

    internal TimeSpan ExpectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    internal long MaxRedirects { get; set; } = 50;

    internal long Retries { get; set; }

    internal TimeSpan RetryDelay { get; set; }

    internal TimeSpan RetryMaxTime { get; set; }

    internal long LimitRate { get; set; }

    internal long MaxFileSize { get; set; }

    internal long SpeedLimit { get; set; }

    internal long SpeedTime { get; set; }

    internal long? ResumeAt { get; set; }

    internal bool ResumesByFile { get; set; }

    internal int KeepAliveTime { get; set; } = 60;

    internal (int First, int Last)? LocalPorts { get; set; }

    internal TimeSpan HappyEyeballs { get; set; } = TimeSpan.FromMilliseconds(200);

    internal HashSet<string> Protocols { get; set; } = ["http", "https"];

    internal HashSet<string> RedirectProtocols { get; set; } = ["http", "https"];

    internal bool IsHead => Has("head");

    internal bool Has(string name) => Switches.Contains(name);

    internal string? Value(string name) => Values.GetValueOrDefault(name);

    /// <summary>A login as options give it, <c>user:password</c>; the password is empty where there is none.</summary>
    /// <param name="text">The login.</param>
    internal static (string User, string Password) SplitLogin(string text) =>
        text.Split(':', 2) is [var user, var password] ? (user, password) : (text, "");
}

/// <summary>What holds for all operations.</summary>
internal sealed class CurlGlobals
{
    internal List<CurlOperation> Operations { get; } = [new()];

    internal bool IsSilent { get; set; }

    internal bool ShowsError { get; set; }

    internal bool IsVerbose { get; set; }

    internal bool NoMeter { get; set; }

    internal bool UsesBar { get; set; }

    internal bool IsParallel { get; set; }

    internal int ParallelMax { get; set; } = 50;

    internal bool FailsEarly { get; set; }

    internal bool TracesTime { get; set; }

    internal bool TracesIds { get; set; }

    internal string? Trace { get; set; }

    internal bool TraceIsAscii { get; set; }

    internal string? ErrorFile { get; set; }

    internal bool IsStyled { get; set; } = true;

    internal bool ShowsVersion { get; set; }

    internal string? HelpOf { get; set; }

    internal bool WantsWhy { get; set; }

    /// <summary>What is to be said before anything is done, such as warnings.</summary>
    internal List<string> Warnings { get; } = [];
}
