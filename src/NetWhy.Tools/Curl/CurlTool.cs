using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary><c>netwhy curl</c>: transfers by HTTP, as curl makes them, and why one fails.</summary>
internal sealed class CurlTool : ITool
{
    /// <summary>How requests introduce themselves: servers and scripts tell clients by it.</summary>
    internal const string UserAgent = "curl/7.88.1";

    /// <summary>What <c>--compressed</c> asks for.</summary>
    internal const string Codings = "deflate, gzip, br, zstd";

    /// <summary>What <c>-V</c> and <c>%{json}</c> say of the library.</summary>
    internal static string LibraryVersion => $"libcurl/7.88.1 OpenSSL/{OpenSslVersion}";

    /// <summary>Version of this machine's OpenSSL, such as <c>3.0.19</c>.</summary>
    internal static string OpenSslVersion => NetWhy.Linux.OpenSslVersion.Text ?? "none";

    /// <summary>Octets that a server may send ahead by HTTP/2.</summary>
    internal const int Http2Window = 32 * 1024 * 1024;

    /// <summary>Seconds that a wait may be asked to last: what is more is as good as for ever.</summary>
    internal const long LongestWait = 1_000_000_000;

    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    /// <summary>The settings of HTTP/2: streams at once, the window, no push.</summary>
    internal static readonly (ushort Identifier, uint Value)[] Http2Settings = [(3, 100), (4, Http2Window), (2, 0)];

    /// <inheritdoc/>
    public string Name => "curl";

    /// <inheritdoc/>
    public string Summary => "Transfer by HTTP and HTTPS, as curl does.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("URL…", "http and https; [1-9], [a-z:2] and {one,two} stand for many"),
        ("-v  -s  -S  -i  -I  -f  --fail-with-body", "say everything; nothing; errors; heads too; heads only; fail where the server says error"),
        ("-o FILE  -O  -J  -D FILE  --output-dir DIRECTORY", "where the body goes, and the heads"),
        ("-L  --max-redirs COUNT  -e URL  -A NAME", "follow redirects; where from, and who"),
        ("-w FORMAT", "times, sizes, addresses: %{time_connect}, %{http_code}, %{json}, %{header_json} …"),
        ("-H HEADER  -X METHOD  -d DATA  --json DATA  -F NAME=VALUE  -T FILE  -G", "what is sent"),
        ("-u USER:PASSWORD  --basic  --digest  --anyauth  -n", "who asks"),
        ("-b COOKIES  -c FILE  -j", "cookies"),
        ("-x PROXY  -U USER:PASSWORD  -p  --noproxy LIST  --socks5 HOST", "through a proxy: HTTP, SOCKS 4 and 5"),
        ("--resolve HOST:PORT:ADDRESS  --connect-to H1:P1:H2:P2  -4  -6", "where it connects"),
        ("-k  --cacert FILE  --cert FILE  --key FILE  --tlsv1.3  --tls-max VERSION", "TLS"),
        ("-m SECONDS  --connect-timeout SECONDS  --retry COUNT", "how long, and how often"),
        ("-Z  --next  -K FILE", "at once; further URLs with other options; options from a file"),
        ("--why", "where it fails: why, on standard error, below what curl says"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy curl -sSL https://example.com/ -o page.html", "fetch a page"),
        ("netwhy curl --why https://example.com/", "and if it fails, why?"),
        ("netwhy curl -so /dev/null -w '%{time_connect} %{time_starttransfer}\\n' http://192.0.2.1/", "where does the time go?"),
        ("netwhy curl -v --resolve www.example.com:443:192.0.2.7 https://www.example.com/", "ask one server of many"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host) =>
        Run(() => Run(CurlCommandLine.Parse(arguments), host), host);

    private static int Run(Func<int> run, IToolHost host)
    {
        try
        {
            return run();
        }
        catch (OriginalRefusal refusal)
        {
            foreach (string line in $"curl: {refusal.Message}".Split('\n'))
                host.Note(line);
            return refusal.ExitCode;
        }
    }

    private int Run(CurlGlobals globals, IToolHost host)
    {
        if (globals.HelpOf is not null)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (globals.ShowsVersion)
        {
            host.Output.Write(Encoding.ASCII.GetBytes($"curl 7.88.1 (netwhy) {LibraryVersion}\nProtocols: http https\nFeatures: brotli HTTP2 HTTPS IDN IPv6 libz SSL UnixSockets zstd\n"));
            return 0;
        }

        globals.Operations.RemoveAll(operation => operation.Nodes.All(node => node.Url is null) && globals.Operations.Count > 1);
        if (globals.Operations.All(operation => operation.Nodes.All(node => node.Url is null)))
            throw new OriginalRefusal(CurlFailure.FailedInit, "no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information");
        using Stream? errorFile = globals.ErrorFile is null or "-" ? null : CurlFiles.Create(globals.ErrorFile);
        if (globals.ErrorFile is not (null or "-") && errorFile is null)
            globals.Warnings.Add($"Failed to open {globals.ErrorFile}!");
        using var error = new UncheckedStream(errorFile ?? (globals.ErrorFile is "-" ? host.Output : StandardStream.Error));
        var told = new UncheckedStream(host.Output); // not disposed of: the host's output is the host's
        using var trace = CurlTrace.Create(globals, error, told);
        if (!globals.IsSilent)
        {
            foreach (string warning in globals.Warnings)
                error.Write(CurlText.Warning(warning));
        }

        bool hasSpare = globals.Operations.Any(operation => operation.Nodes.Any(node => node.Url is null && node.HasOutput));
        if (hasSpare && !globals.IsSilent)
            error.Write("Warning: Got more output options than URLs\n"u8);
        using var shared = new CurlShared(host.Output);
        return new CurlRun(globals, shared, trace, host, error, told).Run();
    }

    /// <summary>Time before another attempt, each twice that before.</summary>
    /// <param name="attempt">How many there were.</param>
    internal static TimeSpan RetryPause(int attempt)
    {
        TimeSpan pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempt, 10)));
        return pause < LongestRetry ? pause : LongestRetry;
    }
}

/// <summary>Runs the transfers of a command line, one after the other or at once.</summary>
/// <param name="globals">The options.</param>
/// <param name="shared">What they share.</param>
/// <param name="trace">Is told what happens.</param>
/// <param name="host">What surrounds the tool.</param>
/// <param name="error">Where errors go.</param>
/// <param name="told">Standard output, for what is told beside the bodies.</param>
internal sealed class CurlRun(CurlGlobals globals, CurlShared shared, CurlTrace trace, IToolHost host, Stream error, UncheckedStream told)
{
    private const long MostParallelListed = 1_000_000;

    private readonly List<CurlNode> _nodes = [.. globals.Operations.SelectMany(operation => operation.Nodes).Where(node => node.Url is not null)];

    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1); // at once: a wait handle takes no more than 24

    private readonly Lock _lock = new();
    private CancellationToken _cancellation = host.Cancellation;
    private int _exitCode;

    /// <summary>Runs them.</summary>
    /// <returns>What to exit with.</returns>
    internal int Run()
    {
        if (globals.IsParallel)
            RunParallel();
        else
            RunSerial();
        if (!_hasTransferred && _exitCode == 0)
        {
            if (!globals.IsSilent)
                error.Write("curl: no transfer performed\n"u8);
            _exitCode = CurlFailure.ReadError;
        }

        return _exitCode;
    }

    private bool _hasTransferred;

    private void RunSerial()
    {
        foreach (CurlOperation operation in globals.Operations)
        {
            try
            {
                Begin(operation);
            }
            catch (CurlFailure failure)
            {
                Report(failure);
                return;
            }

            try
            {
                foreach ((CurlNode node, CurlGlob glob, string url, string? upload, long index) in Jobs(operation))
                {
                    RunOne(operation, node, glob, url, upload, index);
                    if (_isOver || (_exitCode != 0 && globals.FailsEarly))
                        return;
                }
            }
            catch (CurlFailure failure)
            {
                Report(failure); // of a range in a URL
                return;
            }

            Save(operation);
        }
    }

    private bool _isOver;

    private void RunParallel()
    {
        try
        {
            foreach (CurlOperation operation in globals.Operations)
                Begin(operation);
        }
        catch (CurlFailure failure)
        {
            Report(failure);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(host.Cancellation);
        _cancellation = stop.Token;
        var jobs = globals.Operations.SelectMany(operation => Jobs(operation).Select(job => (operation, job))).Take((int)MostParallelListed).GetEnumerator();
        int workers = globals.ParallelMax;
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(Work, 512 * 1024))];
        int started = 0;
        foreach (Thread thread in threads)
        {
            lock (_lock)
            {
                if (_isDrained)
                    break;
            }

            thread.Start();
            started++;
        }

        foreach (Thread thread in threads.AsSpan(0, started))
            thread.Join();
        jobs.Dispose();
        _end?.Throw();
        foreach (CurlOperation operation in globals.Operations)
            Save(operation);

        void Work()
        {
            while (true)
            {
                (CurlOperation operation, (CurlNode node, CurlGlob glob, string url, string? upload, long index)) next;
                lock (_lock)
                {
                    try
                    {
                        bool isEnd = _isDrained || (_exitCode != 0 && globals.FailsEarly) || !jobs.MoveNext();
                        if (isEnd)
                        {
                            _isDrained = true;
                            return;
                        }
                    }
                    catch (CurlFailure failure)
                    {
                        _isDrained = true;
                        Report(failure);
                        return;
                    }

                    next = jobs.Current;
                }

                try
                {
                    RunOne(next.operation, next.Item2.node, next.Item2.glob, next.Item2.url, next.Item2.upload, next.Item2.index);
                }
                catch (Exception end)
                {
                    lock (_lock)
                    {
                        _isDrained = true;
                        _end ??= ExceptionDispatchInfo.Capture(end);
                    }

                    stop.Cancel(); // a transfer beside it may never end by itself
                    return;
                }
            }
        }
    }

    private bool _isDrained;
    private ExceptionDispatchInfo? _end; // what ended one of the threads, and so all

    private void Begin(CurlOperation operation)
    {
        if (operation.CookieFiles.Count > 0 || operation.Value("cookie-jar") is not null)
            shared.UsesCookies = true;
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        foreach (string path in operation.CookieFiles.Where(path => path.Length > 0))
        {
            try
            {
                if (path is "-")
                {
                    using var input = new CurlBody.InputStream();
                    using var reader = new StreamReader(input, Encoding.Latin1);
                    shared.Cookies.Load(reader.ReadToEnd(), now, operation.Has("junk-session-cookies"));
                }
                else
                {
                    shared.Cookies.Load(File.ReadAllText(path, Encoding.Latin1), now, operation.Has("junk-session-cookies"));
                }
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
            {
                trace.Say($"WARNING: failed to open cookie file \"{path}\"");
            }
        }

        foreach (string entry in operation.Resolves)
            AddResolve(entry);
    }

    // [+]HOST:PORT:ADDRESS[,ADDRESS…] or -HOST:PORT
    private void AddResolve(string entry)
    {
        string rest = entry.TrimStart('+');
        if (rest is ['-', ..])
        {
            string[] gone = rest[1..].Split(':');
            if (gone.Length == 2 && int.TryParse(gone[1], NumberStyles.None, CultureInfo.InvariantCulture, out int gonePort))
                shared.Forget(gone[0], gonePort);
            return;
        }

        int first = rest is ['[', ..] ? rest.IndexOf(']', StringComparison.Ordinal) + 1 : rest.IndexOf(':', StringComparison.Ordinal);
        int second = first <= 0 ? -1 : rest.IndexOf(':', first + 1);
        bool isPort = second > 0 && int.TryParse(rest.AsSpan(first + 1, second - first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue;
        if (!isPort)
            throw new CurlFailure(49, $"Couldn't parse CURLOPT_RESOLVE entry '{entry}'");
        port = int.Parse(rest.AsSpan(first + 1, second - first - 1), CultureInfo.InvariantCulture);
        string name = rest[..first].Trim('[', ']');
        List<IPAddress> addresses = [];
        foreach (string text in rest[(second + 1)..].Split(','))
        {
            if (!IPAddress.TryParse(text.Trim('[', ']'), out IPAddress? address))
                throw new CurlFailure(49, $"Couldn't parse CURLOPT_RESOLVE entry '{entry}'");
            addresses.Add(address);
        }

        shared.Remember(name, port, addresses);
        trace.Say($"Added {name}:{port}:{rest[(second + 1)..]} to DNS cache{(entry is ['+', ..] ? " (non-permanent)" : "")}");
        if (name is "*")
            trace.Say($"RESOLVE *:{port} is wildcard, enabling wildcard checks");
    }

    private void Save(CurlOperation operation)
    {
        if (operation.Value("cookie-jar") is not { } path)
            return;
        string text = shared.Cookies.Save(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        if (path is "-")
        {
            told.Write(Encoding.Latin1.GetBytes(text));
            return;
        }

        try
        {
            File.WriteAllText(path, text, Encoding.Latin1);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            trace.Say($"WARNING: failed to save cookies in {path}: {refusal.Message}");
        }
    }

    private static IEnumerable<(CurlNode Node, CurlGlob Glob, string Url, string? Upload, long Index)> Jobs(CurlOperation operation)
    {
        foreach (CurlNode node in operation.Nodes.Where(node => node.Url is not null))
        {
            bool isLiteral = operation.Has("globoff");
            CurlGlob uploads = node.Upload is null ? CurlGlob.Literal("") : isLiteral ? CurlGlob.Literal(node.Upload) : CurlGlob.Parse(node.Upload);
            for (long file = 0; file < uploads.Count; file++)
            {
                CurlGlob glob = isLiteral ? CurlGlob.Literal(node.Url!) : CurlGlob.Parse(node.Url!);
                for (long index = 0; index < glob.Count; index++)
                    yield return (node, glob, glob.At(index), node.Upload is null ? null : uploads.At(file), index);
            }
        }
    }

    private void RunOne(CurlOperation operation, CurlNode node, CurlGlob glob, string url, string? upload, long index)
    {
        try
        {
            bool hasTwo = (operation.IsHead ? 1 : 0) + (operation.Data is not null && !operation.IsHead ? 1 : 0) + (operation.Forms.Count > 0 ? 1 : 0) + (upload is not null ? 1 : 0) > 1
                || (operation.IsHead && operation.Data is not null && !operation.Has("get"));
            if (hasTwo)
            {
                _exitCode = CurlFailure.FailedInit;
                _isOver = true;
                if (!globals.IsSilent)
                    error.Write("Warning: You can only select one HTTP request method! \n"u8);
                return;
            }

            string? etag = ComparedEtag(operation);
            if (MakesEtagFile(operation))
                Attempt(operation, node, glob, url, upload, index, etag);
        }
        catch (CurlFailure failure)
        {
            Report(failure);
        }
    }

    // The tag that an earlier answer had, an empty one where there was none; null where none is asked for.
    private string? ComparedEtag(CurlOperation operation)
    {
        const string None = "\"\"";
        if (operation.Value("etag-compare") is not { } path)
            return null;
        try
        {
            return CurlText.Typed(File.ReadAllBytes(path)).Trim(' ', '\t', '\r', '\n') is { Length: > 0 } etag ? etag : None;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            if (operation.Value("etag-save") is not null)
                return None; // the first time there is no file yet
            if (!globals.IsSilent)
                error.Write(CurlText.Octets($"curl: Failed to open {path}\n"));
            throw new CurlFailure(CurlFailure.ReadError) { IsSaid = true };
        }
    }

    // False where it cannot be made: what curl cannot note the tag of, it does not fetch.
    private bool MakesEtagFile(CurlOperation operation)
    {
        if (operation.Value("etag-save") is not { } saved || saved is "-")
            return true;
        try
        {
            File.WriteAllBytes(saved, []);
            return true;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            Warn($"Failed creating file for saving etags: \"{saved}\". Skip this transfer");
            return false;
        }
    }

    private void Attempt(CurlOperation operation, CurlNode node, CurlGlob glob, string url, string? upload, long index, string? etag)
    {
        _hasTransferred = true;
        (string? path, bool byServer) = PathOf(operation, node, glob, url, index);
        long there = 0;
        if (operation.ResumesByFile && path is not null && File.Exists(path))
            there = new FileInfo(path).Length;
        else if (operation.ResumeAt is > 0 and var given)
            there = given;
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        long left = operation.Retries;
        bool appends = there > 0 && path is not null && upload is null;
        using var sink = new CurlSink(operation, host.Output, path, byServer, appends) { Offset = appends ? there : 0 };
        for (int attempt = 0; ; attempt++)
        {
            bool isOnTerminal = sink.IsStandard && StandardStream.Output.IsTerminal;
            trace.ShowsBodies = isOnTerminal;
            bool hasMeter = !globals.IsSilent && !globals.NoMeter && !isOnTerminal && !globals.IsParallel;
            using var transfer = new CurlTransfer(operation, globals, shared, trace, url, upload, sink, hasMeter ? error : null, host.ErrorColumns ?? 79, _cancellation)
            {
                IsAgain = attempt > 0,
                ComparedEtag = etag,
                Index = _nodes.IndexOf(node),
                ResumeFrom = upload is null ? there : 0,
            };
            transfer.Run();
            if (left > 0 && IsTransient(operation, transfer) && RetryIsInTime(operation, begin))
            {
                TimeSpan pause = transfer.RetryAfter is { } after ? TimeSpan.FromSeconds(Math.Min(after, CurlTool.LongestWait))
                    : operation.RetryDelay > TimeSpan.Zero ? operation.RetryDelay : CurlTool.RetryPause(attempt);
                bool isTooLong = transfer.RetryAfter is not null && operation.RetryMaxTime > TimeSpan.Zero
                    && System.Diagnostics.Stopwatch.GetElapsedTime(begin) + pause > operation.RetryMaxTime;
                if (isTooLong)
                {
                    Warn("The Retry-After: time would make this command line exceed the maximum allowed time for retries.");
                    Conclude(operation, transfer, sink);
                    return;
                }

                if (transfer.Failure is { } passing)
                    Tell(passing);
                Warn($"Problem {Problem(transfer)}. Will retry in {(long)pause.TotalSeconds} seconds. {left} retries left.");
                left--;
                if (!sink.IsStandard)
                    ThrowAway(sink);
                for (long slept = System.Diagnostics.Stopwatch.GetTimestamp(); pause - System.Diagnostics.Stopwatch.GetElapsedTime(slept) is var rest && rest > TimeSpan.Zero;)
                {
                    _cancellation.WaitHandle.WaitOne(rest < LongestSleep ? rest : LongestSleep);
                    _cancellation.ThrowIfCancellationRequested();
                }

                continue;
            }

            Conclude(operation, transfer, sink);
            return;
        }
    }

    private void ThrowAway(CurlSink sink)
    {
        if (sink.Written == 0) // heads, which -i writes, do not count, and stay where nothing came behind them
            return;
        if (!globals.IsSilent)
            error.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Throwing away {sink.Written} bytes\n")));
        sink.Truncate();
    }

    private void Conclude(CurlOperation operation, CurlTransfer transfer, CurlSink sink)
    {
        lock (_lock)
        {
            if (transfer.Failure is { } failure)
            {
                if (operation.Has("remove-on-error") && !sink.IsStandard)
                    sink.Remove();
                Report(failure);
                if (operation.Value("write-out") is { } late)
                    CurlWriteOut.Print(late, transfer, told, error);
                Explain(transfer);
                return;
            }

            if (operation.Value("write-out") is { } format)
                CurlWriteOut.Print(format, transfer, told, error);
            _exitCode = globals.IsParallel && _exitCode != 0 ? _exitCode : 0;
        }
    }

    private void Explain(CurlTransfer transfer)
    {
        if (!globals.WantsWhy || transfer.Destination is not var (address, port))
            return;
        if (host.Investigate(address, port, isDatagram: false) is { } statement)
            host.Note($"why: {statement.Text}{(statement.Cause is { } cause ? $" (netwhy explain {cause})" : "")}");
        else
            host.Note($"why: no cause is found: netwhy {new IPEndPoint(address, port)} tells what was seen");
    }

    private static string Problem(CurlTransfer transfer) => transfer.Failure?.Code switch
    {
        null or CurlFailure.HttpReturned => ": HTTP error",
        CurlFailure.CannotConnect => ": connection refused",
        CurlFailure.TimedOut or CurlFailure.NoAddress or CurlFailure.NoProxyAddress => ": timeout",
        _ => "(retrying all errors)",
    };

    private static bool IsTransient(CurlOperation operation, CurlTransfer transfer)
    {
        int? code = transfer.Failure?.Code;
        bool isStatus = code is null or CurlFailure.HttpReturned && transfer.Status is 408 or 429 or 500 or 502 or 503 or 504;
        return isStatus
            || code is CurlFailure.TimedOut or CurlFailure.NoAddress or CurlFailure.NoProxyAddress
            || (code is CurlFailure.CannotConnect && operation.Has("retry-connrefused"))
            || (code is not null && operation.Has("retry-all-errors"));
    }

    private static bool RetryIsInTime(CurlOperation operation, long begin) =>
        operation.RetryMaxTime == TimeSpan.Zero || System.Diagnostics.Stopwatch.GetElapsedTime(begin) < operation.RetryMaxTime;

    private (string? Path, bool ByServer) PathOf(CurlOperation operation, CurlNode node, CurlGlob glob, string url, long index)
    {
        bool usesRemote = node.UsesRemoteName || (operation.Has("remote-name-all") && !node.HasOutput);
        if (usesRemote)
        {
            string name = CurlUrl.Parse(url, operation.Has("path-as-is"), operation.Value("proto-default")).FileName;
            if (name.Length == 0)
            {
                if (!globals.IsSilent)
                    error.Write("curl: Remote file name has no length!\n"u8);
                throw new CurlFailure(CurlFailure.WriteError);
            }

            return (InFolder(operation, name), operation.Has("remote-header-name"));
        }

        if (node.Output is null or "-")
            return (null, false);
        return (InFolder(operation, glob.Name(node.Output, index)), false);
    }

    private static string InFolder(CurlOperation operation, string name) =>
        operation.Value("output-dir") is { Length: > 0 } folder ? $"{folder}/{name}" : name;

    private void Warn(string text)
    {
        if (!globals.IsSilent)
            error.Write(CurlText.Warning(text));
    }

    private void Report(CurlFailure failure)
    {
        _exitCode = failure.Code;
        Tell(failure);
    }

    private void Tell(CurlFailure failure)
    {
        if (failure.Warning is { } warning)
            Warn(warning);
        if (failure.Refusal is { } refusal)
            error.Write(CurlText.Octets($"curl: {refusal}\n{CurlCommandLine.TryHelp}\n"));
        if (failure.IsSaid)
            return;
        if (globals.IsSilent && !globals.ShowsError)
            return;
        string text = $"curl: ({failure.Code.ToString(CultureInfo.InvariantCulture)}) {failure.Message}\n";
        if (failure.Code is CurlFailure.PeerFailed)
        {
            text += "More details here: https://curl.se/docs/sslcerts.html\n\n"
                + "curl failed to verify the legitimacy of the server and therefore could not\n"
                + "establish a secure connection to it. To learn more about this situation and\n"
                + "how to fix it, please visit the web page mentioned above.\n";
        }

        error.Write(Encoding.UTF8.GetBytes(text));
    }
}
