using System.Globalization;
using System.Text;

namespace NetWhy.Tools.Curl;

/// <summary>Reads command lines and configuration files as curl reads them. Source: curl(1).</summary>
internal sealed class CurlCommandLine
{
    private const int MostConfigs = 50; // files that name each other
    private const string Wrong = "is badly used here";
    internal const string TryHelp = "curl: try 'curl --help' or 'curl --manual' for more information";

    private readonly CurlGlobals _globals = new();
    private int _configs;

    private CurlCommandLine()
    {
    }

    private CurlOperation Now => _globals.Operations[^1];

    /// <summary>Reads a command line, and ~/.curlrc where it is.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    internal static CurlGlobals Parse(IReadOnlyList<string> arguments)
    {
        var line = new CurlCommandLine();
        bool skipsConfig = arguments is [var first, ..] && first is "--disable" or ['-', 'q', ..];
        if (!skipsConfig)
            line.ReadDefaultConfig();
        bool isLiteral = false;
        for (int i = 0; i < arguments.Count; i++)
        {
            string word = arguments[i];
            if (isLiteral || word is not ['-', ..])
            {
                line.AddUrl(word);
                continue;
            }

            if (word is "--")
            {
                isLiteral = true;
                continue;
            }

            string? next = i + 1 < arguments.Count ? arguments[i + 1] : null;
            if (line.Option(word, next))
                i++;
            if (line._globals is { ShowsVersion: true } or { HelpOf: not null })
                return line._globals;
        }

        foreach (CurlOperation operation in line._globals.Operations.Where(operation => operation.Has("remote-header-name")))
        {
            if (operation.Has("include") || operation.IsHead)
                throw new OriginalRefusal(CurlFailure.FailedInit, $"showing headers and --remote-header-name cannot be combined\n{TryHelp}");
            if (operation.ResumesByFile)
                throw new OriginalRefusal(CurlFailure.FailedInit, $"--continue-at and --remote-header-name cannot be combined\n{TryHelp}");
        }

        return line._globals;
    }

    // Gives whether the next word was taken.
    private bool Option(string word, string? next)
    {
        if (word.StartsWith("--", StringComparison.Ordinal))
            return LongOption(word[2..], word, next);
        for (int at = 1; at < word.Length; at++)
        {
            CurlOption? option = CurlOptionTable.Find(word[at]);
            if (option is null)
                throw Refuse(word, "is unknown");
            if (option.Argument is not CurlArgument.Text)
            {
                Apply(option, "", isOn: true, word);
                continue;
            }

            if (at + 1 < word.Length)
            {
                Apply(option, word[(at + 1)..], isOn: true, word);
                return false;
            }

            Apply(option, next ?? throw Refuse(word, "requires parameter"), isOn: true, word);
            return true;
        }

        if (word.Length == 1)
            throw Refuse(word, "is unknown");
        return false;
    }

    private bool LongOption(string name, string word, string? next)
    {
        CurlOption[] meant = CurlOptionTable.Find(name);
        bool isOn = true;
        if (meant.Length == 0 && name.StartsWith("no-", StringComparison.Ordinal))
        {
            isOn = false;
            meant = CurlOptionTable.Find(name[3..]);
        }

        if (meant.Length == 0)
            throw Refuse(word, "is unknown");
        if (meant.Length > 1)
            throw Refuse(word, "is ambiguous");
        if (!isOn && meant[0].Argument is not CurlArgument.Boolean)
            throw Refuse(word, "used '--no-' for option that isn't a boolean");
        if (meant[0].Argument is not CurlArgument.Text)
        {
            Apply(meant[0], "", isOn, word);
            return false;
        }

        Apply(meant[0], next ?? throw Refuse(word, "requires parameter"), isOn: true, word);
        return true;
    }

    private static OriginalRefusal Refuse(string word, string why, int code = CurlFailure.FailedInit) =>
        new(code, $"option {word}: {why}\n{TryHelp}");

    private void AddUrl(string url)
    {
        CurlNode? free = Now.Nodes.FirstOrDefault(node => node.Url is null);
        if (free is null)
            Now.Nodes.Add(free = new CurlNode());
        free.Url = url;
    }

    private CurlNode FreeNode(Func<CurlNode, bool> isTaken)
    {
        CurlNode? free = Now.Nodes.FirstOrDefault(node => !isTaken(node));
        if (free is null)
            Now.Nodes.Add(free = new CurlNode());
        return free;
    }

    private void Apply(CurlOption option, string value, bool isOn, string word)
    {
        if (option.IsRefused)
        {
            throw option.Name is "http3" or "http3-only"
                ? Refuse(word, "the installed libcurl version doesn't support this")
                : Refuse(word, $"netwhy curl has no --{option.Name}; curl itself does");
        }

        if (option.Argument is CurlArgument.Text)
            ApplyText(option.Name, value, word);
        else
            ApplySwitch(option.Name, isOn, word);
    }

    private void ApplySwitch(string name, bool isOn, string word)
    {
        CurlOperation now = Now;
        switch (name)
        {
            case "silent":
                _globals.IsSilent = isOn;
                break;
            case "show-error":
                _globals.ShowsError = isOn;
                break;
            case "verbose":
                _globals.IsVerbose = isOn;
                if (isOn)
                    _globals.Trace = null;
                break;
            case "progress-meter":
                _globals.NoMeter = !isOn;
                break;
            case "progress-bar":
                _globals.UsesBar = isOn;
                break;
            case "parallel":
                _globals.IsParallel = isOn;
                break;
            case "fail-early":
                _globals.FailsEarly = isOn;
                break;
            case "trace-time":
                _globals.TracesTime = isOn;
                break;
            case "trace-ids":
                _globals.TracesIds = isOn;
                break;
            case "styled-output":
                _globals.IsStyled = isOn;
                break;
            case "version":
                _globals.ShowsVersion = isOn;
                break;
            case "help":
                _globals.HelpOf = "";
                break;
            case "why":
                _globals.WantsWhy = true;
                break;
            case "next":
                if (now.Nodes.Any(node => node.Url is not null)) // else all goes on
                    _globals.Operations.Add(new CurlOperation());
                break;
            case "http1.0":
                now.Version = CurlHttpVersion.Http10;
                break;
            case "http1.1":
                now.Version = CurlHttpVersion.Http11;
                break;
            case "http2":
                now.Version = CurlHttpVersion.Http2;
                break;
            case "http2-prior-knowledge":
                now.Version = CurlHttpVersion.Http2Prior;
                break;
            case "tlsv1" or "tlsv1.0":
                now.TlsMin = 0x301;
                break;
            case "tlsv1.1":
                now.TlsMin = 0x302;
                break;
            case "tlsv1.2":
                now.TlsMin = 0x303;
                break;
            case "tlsv1.3":
                now.TlsMin = 0x304;
                break;
            case "ipv4":
                now.Family = 4;
                break;
            case "ipv6":
                now.Family = 6;
                break;
            case "remote-name":
                CurlNode node = FreeNode(one => one.HasOutput);
                (node.HasOutput, node.UsesRemoteName, node.Output) = (true, isOn, null);
                break;
            case "basic" or "digest":
                CurlAuth scheme = name is "basic" ? CurlAuth.Basic : CurlAuth.Digest;
                now.Auth = isOn ? now.Auth | scheme : now.Auth & ~scheme;
                break;
            case "anyauth":
                now.Auth = isOn ? CurlAuth.Basic | CurlAuth.Digest : CurlAuth.None;
                break;
            case "proxy-basic" or "proxy-digest":
                now.ProxyAuth = name is "proxy-basic" ? CurlAuth.Basic : CurlAuth.Digest;
                break;
            case "proxy-anyauth":
                now.ProxyAuth = CurlAuth.Basic | CurlAuth.Digest;
                break;
            case "fail" or "fail-with-body" when isOn && now.Has(name is "fail" ? "fail-with-body" : "fail"):
                throw Refuse(word, Wrong);
            case "location-trusted":
                Switch(now, "location", isOn);
                Switch(now, name, isOn);
                break;
            default:
                Switch(now, name, isOn);
                break;
        }
    }

    private static void Switch(CurlOperation operation, string name, bool isOn)
    {
        // What is on by itself is remembered where it is off.
        string kept = name is "alpn" or "buffer" or "clobber" or "keepalive" or "sessionid" or "tcp-nodelay" ? $"no-{name}" : name;
        bool isKept = kept == name ? isOn : !isOn;
        if (isKept)
            operation.Switches.Add(kept);
        else
            operation.Switches.Remove(kept);
    }

    private void ApplyText(string name, string value, string word)
    {
        CurlOperation now = Now;
        switch (name)
        {
            case "url":
                AddUrl(value);
                break;
            case "output":
                CurlNode node = FreeNode(one => one.HasOutput);
                (node.HasOutput, node.UsesRemoteName, node.Output) = (true, false, value);
                break;
            case "upload-file":
                CurlNode upload = FreeNode(one => one.HasUpload);
                (upload.HasUpload, upload.Upload) = (true, value.Length == 0 ? null : value);
                break;
            case "config":
                ReadConfig(value, word);
                break;
            case "header":
                AddHeaders(now.Headers, value, word);
                break;
            case "proxy-header":
                AddHeaders(now.ProxyHeaders, value, word);
                break;
            case "resolve":
                now.Resolves.Add(value);
                break;
            case "connect-to":
                now.ConnectTos.Add(value);
                break;
            case "cookie":
                if (value is ['@', ..])
                    now.CookieFiles.Add(value[1..]);
                else if (value.Contains('=', StringComparison.Ordinal) || value.Contains(';', StringComparison.Ordinal))
                    now.Cookies.Add(value);
                else
                    now.CookieFiles.Add(value);
                break;
            case "form" or "form-string":
                if (!value.Contains('=', StringComparison.Ordinal))
                    throw Refuse(word, Wrong);
                now.Forms.Add((value, name is "form-string"));
                break;
            case "url-query":
                now.UrlQueries.Add(value is ['+', ..] ? value[1..] : UrlEncoded(value));
                break;
            case "data" or "data-ascii" or "data-binary" or "data-raw" or "data-urlencode" or "json":
                AddData(now, name, value);
                break;
            case "connect-timeout":
                now.ConnectTimeout = Seconds(value, word);
                break;
            case "max-time":
                now.MaxTime = Seconds(value, word);
                break;
            case "expect100-timeout":
                now.ExpectTimeout = Seconds(value, word);
                break;
            case "max-redirs":
                now.MaxRedirects = Number(value, word, allowsMinusOne: true);
                break;
            case "retry":
                now.Retries = Number(value, word);
                break;
            case "retry-delay":
                now.RetryDelay = TimeSpan.FromSeconds(Math.Min(Number(value, word), CurlTool.LongestWait));
                break;
            case "retry-max-time":
                now.RetryMaxTime = TimeSpan.FromSeconds(Math.Min(Number(value, word), CurlTool.LongestWait));
                break;
            case "limit-rate":
                now.LimitRate = Size(value, word);
                break;
            case "max-filesize":
                now.MaxFileSize = Size(value, word);
                break;
            case "speed-limit":
                now.SpeedLimit = Number(value, word);
                now.SpeedTime = now.SpeedTime == 0 ? 30 : now.SpeedTime;
                break;
            case "speed-time":
                now.SpeedTime = Math.Min(Number(value, word), CurlTool.LongestWait);
                now.SpeedLimit = now.SpeedLimit == 0 ? 1 : now.SpeedLimit;
                break;
            case "continue-at":
                now.ResumesByFile = value is "-";
                now.ResumeAt = now.ResumesByFile ? null : Number(value, word);
                break;
            case "keepalive-time":
                now.KeepAliveTime = (int)Math.Min(Number(value, word), int.MaxValue);
                break;
            case "happy-eyeballs-timeout-ms":
                now.HappyEyeballs = TimeSpan.FromMilliseconds(Math.Min(Number(value, word), int.MaxValue));
                break;
            case "parallel-max":
                long most = Number(value, word);
                _globals.ParallelMax = most is > 0 and <= 300 ? (int)most : 50;
                break;
            case "local-port":
                now.LocalPorts = Ports(value, word);
                break;
            case "tls-max":
                now.TlsMax = value switch
                {
                    "default" => null,
                    "1.0" => 0x301,
                    "1.1" => 0x302,
                    "1.2" => 0x303,
                    "1.3" => 0x304,
                    _ => throw Refuse(word, Wrong),
                };
                break;
            case "proxy":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Http);
                break;
            case "proxy1.0":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Http10);
                break;
            case "socks4":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Socks4);
                break;
            case "socks4a":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Socks4a);
                break;
            case "socks5":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Socks5);
                break;
            case "socks5-hostname":
                (now.Proxy, now.ProxyKind) = (value, CurlProxyKind.Socks5Hostname);
                break;
            case "proto":
                now.Protocols = Protocols(value, now.Protocols);
                break;
            case "proto-redir":
                now.RedirectProtocols = Protocols(value, now.RedirectProtocols);
                break;
            case "unix-socket" or "abstract-unix-socket":
                now.Values.Remove("unix-socket");
                now.Values.Remove("abstract-unix-socket");
                now.Values[name] = value;
                break;
            case "trace" or "trace-ascii":
                (_globals.Trace, _globals.TraceIsAscii) = (value, name is "trace-ascii");
                break;
            case "stderr":
                _globals.ErrorFile = value;
                break;
            case "write-out":
                SetWriteOut(now, value, word);
                break;
            case "oauth2-bearer":
                now.Values[name] = value;
                now.Auth |= CurlAuth.Bearer;
                break;
            case "range":
                now.Values[name] = value.Contains('-', StringComparison.Ordinal) ? value : Warned(value);
                break;
            default:
                now.Values[name] = value;
                break;
        }
    }

    private void SetWriteOut(CurlOperation now, string value, string word)
    {
        bool isMissing = value is ['@', .. var path] && path is not "-" && !Path.Exists(path);
        if (isMissing)
            _globals.Warnings.Add($"Failed to read {value[1..]}");
        else
            now.Values["write-out"] = value is ['@', ..] ? ReadText(value[1..], word) : value;
    }

    private string Warned(string value)
    {
        _globals.Warnings.Add("A specified range MUST include at least one dash '-'. Appending one for you!");
        return value + "-";
    }

    private static HashSet<string> Protocols(string value, HashSet<string> before)
    {
        HashSet<string> chosen = [.. before];
        foreach (string token in value.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            char mark = token[0] is '+' or '-' or '=' ? token[0] : '+';
            string name = (token[0] is '+' or '-' or '=' ? token[1..] : token).ToLowerInvariant();
            string[] named = name is "all" ? ["http", "https"] : [name];
            if (mark == '=')
                chosen = [];
            foreach (string one in named)
                _ = mark == '-' ? chosen.Remove(one) : chosen.Add(one);
        }

        return chosen;
    }

    private void AddHeaders(List<string> headers, string value, string word)
    {
        if (value is not ['@', ..])
        {
            headers.Add(value);
            return;
        }

        if (value is "@" || (value is not "@-" && !Path.Exists(value[1..])))
            _globals.Warnings.Add($"Failed to open {value[1..]}!");
        else
            headers.AddRange(ReadText(value[1..], word).Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0));
    }

    private static string ReadText(string path, string word)
    {
        try
        {
            if (path is not "-")
                return CurlText.Typed(File.ReadAllBytes(path.Length == 0 ? throw new FileNotFoundException() : path));
            using var input = new CurlBody.InputStream();
            using var kept = new MemoryStream();
            input.CopyTo(kept);
            return CurlText.Typed(kept.ToArray());
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw Refuse(word, "error encountered when reading a file", CurlFailure.ReadError);
        }
    }

    private void AddData(CurlOperation now, string name, string value)
    {
        byte[] added = name switch
        {
            "data-urlencode" => CurlText.Octets(UrlEncoded(value)),
            "data-raw" => CurlText.Octets(value),
            _ when value is not ['@', ..] => CurlText.Octets(value),
            _ => FileOf(value[1..], strips: name is "data" or "data-ascii"),
        };
        bool joins = now.Data is { Length: > 0 } && name is not "json";
        now.Data ??= new MemoryStream();
        if (joins)
            now.Data.WriteByte((byte)'&');
        now.Data.Write(added);
        now.IsJson |= name is "json";
    }

    private byte[] FileOf(string path, bool strips)
    {
        byte[] octets = [];
        try
        {
            if (path is "-")
            {
                using var input = new CurlBody.InputStream();
                using var kept = new MemoryStream();
                input.CopyTo(kept);
                octets = kept.ToArray();
            }
            else
            {
                octets = File.ReadAllBytes(path.Length == 0 ? throw new FileNotFoundException() : path);
            }
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            _globals.Warnings.Add($"Couldn't read data from file \"{path}\", this makes an empty POST.");
        }

        return strips ? [.. octets.Where(octet => octet is not ((byte)'\r' or (byte)'\n' or 0))] : octets;
    }

    // content, =content, name=content, @file or name@file.
    private string UrlEncoded(string value)
    {
        int mark = value.AsSpan().IndexOf('=');
        if (mark < 0)
            mark = value.AsSpan().IndexOf('@');
        string name = mark < 0 ? "" : value[..mark];
        byte[] content = mark < 0 ? CurlText.Octets(value)
            : value[mark] == '@' ? FileOf(value[(mark + 1)..], strips: false) : CurlText.Octets(value[(mark + 1)..]);
        var text = new StringBuilder(name.Length > 0 ? name + "=" : "");
        foreach (byte octet in content)
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';
            if (isPlain)
                text.Append((char)octet);
            else if (octet == ' ')
                text.Append('+');
            else
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return text.ToString();
    }

    private static TimeSpan Seconds(string value, string word)
    {
        if (!double.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double seconds))
            throw Refuse(word, "expected a proper numerical parameter");
        if (double.IsNaN(seconds))
            return TimeSpan.Zero; // strtod(3) reads it, and to curl it is no limit
        if (seconds < 0)
            throw Refuse(word, "expected a positive numerical parameter");
        return seconds > 1e9 ? throw Refuse(word, "too large number") : TimeSpan.FromMilliseconds(Math.Floor(seconds * 1000));
    }

    private static long Number(string value, string word, bool allowsMinusOne = false)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            throw Refuse(word, value.AsSpan().TrimStart("+-") is { Length: > 0 } digits && !digits.ContainsAnyExceptInRange('0', '9') ? "too large number" : "expected a proper numerical parameter");
        bool isAllowed = number >= 0 || (allowsMinusOne && number == -1);
        return isAllowed ? number : throw Refuse(word, "expected a positive numerical parameter");
    }

    private static long Size(string value, string word)
    {
        string digits = value.TrimEnd('k', 'K', 'm', 'M', 'g', 'G', 'b', 'B');
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || value.Length > digits.Length + 1)
            throw Refuse(word, long.TryParse(digits, CultureInfo.InvariantCulture, out _) || digits.Any(char.IsAsciiDigit) ? Wrong : "expected a proper numerical parameter");
        long unit = value.Length == digits.Length ? 1 : value[^1] switch
        {
            'k' or 'K' => 1024,
            'm' or 'M' => 1024 * 1024,
            'g' or 'G' => 1024 * 1024 * 1024,
            _ => 1,
        };
        return number > long.MaxValue / unit ? throw Refuse(word, "too large number") : number * unit;
    }

    private static (int First, int Last) Ports(string value, string word)
    {
        string[] parts = value.Split('-', 2, StringSplitOptions.TrimEntries);
        bool isRange = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first) && first <= ushort.MaxValue;
        int last = first;
        isRange &= parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out last) && last <= ushort.MaxValue && last >= first);
        return isRange ? (first, last) : throw Refuse(word, Wrong);
    }

    private void ReadDefaultConfig()
    {
        string? home = Environment.GetEnvironmentVariable("CURL_HOME") ?? Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        string? user = Environment.GetEnvironmentVariable("HOME");
        string[] places = [.. new[] { home is null ? null : Path.Combine(home, ".curlrc"), user is null ? null : Path.Combine(user, ".curlrc") }.OfType<string>()];
        if (places.FirstOrDefault(File.Exists) is { } path)
            ReadConfig(path, "-K");
    }

    private void ReadConfig(string path, string word)
    {
        if (++_configs > MostConfigs)
            throw Refuse(word, "too many configuration files name each other");
        if (path is not "-" && !Path.Exists(path))
        {
            OriginalRefusal refusal = Refuse(word, "error encountered when reading a file", CurlFailure.ReadError);
            throw _globals.IsSilent ? refusal : new OriginalRefusal(refusal.ExitCode, $"cannot read config from '{path}'\ncurl: {refusal.Message}");
        }

        foreach (string raw in ReadText(path, word).Split('\n'))
        {
            string line = raw.Trim(' ', '\t', '\r');
            if (line.Length == 0 || line[0] is '#' or '/' or '*')
                continue;
            int end = line.AsSpan().IndexOfAny(" \t=:");
            if (line is ['-', not '-', ..])
                end = line.AsSpan().IndexOfAny(" \t=");
            string name = end < 0 ? line : line[..end];
            string rest = end < 0 ? "" : line[end..].TrimStart(' ', '\t', '=', ':');
            string? value = rest.Length == 0 ? null : Unquoted(rest);
            string option = name is ['-', ..] ? name : $"--{name}";
            try
            {
                Option(option, value ?? (rest.Length == 0 && end >= 0 && line.Contains('"', StringComparison.Ordinal) ? "" : null));
            }
            catch (OriginalRefusal refusal)
            {
                throw new OriginalRefusal(refusal.ExitCode, refusal.Message.Replace($"option {option}:", $"option {name}:", StringComparison.Ordinal));
            }
        }
    }

    private static string Unquoted(string text)
    {
        if (text is not ['"', ..])
        {
            int end = text.AsSpan().IndexOfAny(" \t");
            return end < 0 ? text : text[..end];
        }

        var value = new StringBuilder();
        for (int at = 1; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                value.Append(text[at]);
                continue;
            }

            value.Append(text[++at] switch
            {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'v' => '\v',
                char other => other,
            });
        }

        return value.ToString();
    }
}
