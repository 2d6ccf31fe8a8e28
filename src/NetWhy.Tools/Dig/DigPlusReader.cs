using System.Globalization;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Reads the options that begin with a plus sign.</summary>
/// <param name="settings">Has what holds for all lookups.</param>
/// <param name="console">Takes what dig says of bad values.</param>
internal sealed class DigPlusReader(DigSettings settings, DigConsole console)
{
    private const int Misuse = 10; // exit code of the original for a value that cannot be read
    private const byte EdnsVersion = 0;
    private const ushort PayloadSize = 1232; // octets: fits every path of IPv6 unfragmented
    private const int MostOptions = 100;
    private const int LongestCookie = 80; // hexadecimal digits
    private const int MostTries = 0xfffff, MostSeconds = 0xffff, MostDots = 0xffff;

    private static readonly DigPlusOption[] All =
    [
        new("aa", "flag", (r, on, _) => r.Lookup.Set(DnsFlags.AuthoritativeAnswer, on)),
        new("aa", "only", (r, on, _) => r.Lookup.Set(DnsFlags.AuthoritativeAnswer, on)),
        new("add", "itional", (r, on, _) => r.Lookup.ShowsAdditional = on),
        new("ad", "flag", (r, on, _) => r.Lookup.Set(DnsFlags.AuthenticData, on)),
        new("al", "l", (r, on, _) => r.ShowAll(on)),
        new("an", "swer", (r, on, _) => r.Lookup.ShowsAnswer = on),
        new("au", "thority", (r, on, _) => r.Lookup.ShowsAuthority = on),
        new("ba", "dcookie", (r, on, _) => r.Lookup.RetriesBadCookie = on),
        new("be", "steffort", (r, on, _) => r.Lookup.IsBestEffort = on),
        new("bu", "fsize", (r, on, value) => r.Lookup.PayloadSize = r.Payload(on, value)),
        new("cd", "flag", (r, on, _) => r.Lookup.Set(DnsFlags.CheckingDisabled, on)),
        new("cl", "ass", (r, on, _) => r.Lookup.OmitsClass = !on),
        new("cm", "d", (r, on, _) => r.Settings.ShowsCommand = on),
        new("co", "flag", (r, on, _) => r.Lookup.IsCompactOk = on),
        new("com", "ments", (r, on, _) => r.ShowComments(on)),
        new("coo", "kie", (r, on, value) => r.SetCookie(on, value)),
        new("cr", "ypto", (r, on, _) => r.Lookup.OmitsCrypto = !on),
        new("de", "fname", (r, on, _) => r.Search(on)),
        new("dns6", "4prefix", (r, on, _) => r.FindPrefixes(on)),
        new("dnss", "ec", (r, on, _) => r.WantDnssec(on)),
        new("do", "", (r, on, _) => r.WantDnssec(on)),
        new("dom", "ain", (r, on, value) => r.Settings.Domain = Needed(value, on)),
        new("ds", "cp", (r, _, _) => r.Console.Note(";; +dscp option is obsolete and has no effect")),
        new("edns", "", (r, on, value) => r.SetEdns(on, value)),
        new("ednsf", "lags", (r, on, value) => r.SetEdnsFlags(on, value)),
        new("ednsn", "egotiation", (r, on, _) => r.Lookup.NegotiatesEdns = on),
        new("ednso", "pt", (r, on, value) => r.AddOption(on, value)),
        new("expa", "ndaaaa", (r, on, _) => r.Lookup.ExpandsAddresses = on),
        new("expi", "re", (r, on, _) => r.Lookup.WantsExpiry = on),
        new("fa", "il", (r, on, _) => r.Lookup.StopsAtFailure = on),
        new("he", "ader-only", (r, on, _) => r.Lookup.IsHeaderOnly = on),
        new("ht", "tps", (r, on, value) => r.UseHttp(on, value, isPlain: false, isGet: false)),
        new("https-", "post", (r, on, value) => r.UseHttp(on, value, isPlain: false, isGet: false)),
        new("https-g", "et", (r, on, value) => r.UseHttp(on, value, isPlain: false, isGet: true)),
        new("http-", "plain", (r, on, value) => r.UseHttp(on, value, isPlain: true, isGet: false)),
        new("http-plain-", "post", (r, on, value) => r.UseHttp(on, value, isPlain: true, isGet: false)),
        new("http-plain-g", "et", (r, on, value) => r.UseHttp(on, value, isPlain: true, isGet: true)),
        new("ide", "ntify", (r, on, _) => r.Lookup.Identifies = on),
        new("idni", "n", (r, on, _) => r.Lookup.ReadsInternational = on),
        new("idno", "ut", (r, on, _) => r.Lookup.PrintsInternational = on),
        new("i", "gnore", (r, on, _) => r.Lookup.IgnoresTruncation = on),
        new("keepa", "live", (r, on, _) => r.Lookup.WantsKeepalive = on),
        new("keepo", "pen", (r, on, _) => r.Settings.KeepsOpen = on),
        new("ma", "pped", (r, _, _) => r.Console.Note(";; +mapped option is deprecated")),
        new("mu", "ltiline", (r, on, _) => r.Lookup.IsMultiline = on),
        new("nd", "ots", (r, on, value) => r.Settings.Dots = (int)r.Number(Needed(value, on), MostDots, "ndots", "ndots")),
        new("nsi", "d", (r, on, _) => r.WantServerId(on)),
        new("nss", "earch", (r, on, _) => r.SearchAuthorities(on)),
        new("on", "esoa", (r, on, _) => r.Lookup.HasOneStart = on),
        new("op", "code", (r, on, value) => r.Lookup.Opcode = on ? r.Opcode(Needed(value)) : 0),
        new("p", "adding", (r, on, value) => r.SetPadding(on, value)),
        new("qi", "d", (r, on, value) => r.Lookup.Id = on ? (ushort)r.Number(Needed(value), ushort.MaxValue, "qid", "qid") : null),
        new("qr", "", (r, on, _) => r.Lookup.ShowsQuery = on),
        new("qu", "estion", (r, on, _) => r.ShowQuestion(on)),
        new("ra", "flag", (r, on, _) => r.Lookup.Set(DnsFlags.RecursionAvailable, on)),
        new("rd", "flag", (r, on, _) => r.Lookup.Set(DnsFlags.RecursionDesired, on)),
        new("rec", "urse", (r, on, _) => r.Lookup.Set(DnsFlags.RecursionDesired, on)),
        new("ret", "ries", (r, on, value) => r.Lookup.Tries = (int)r.Number(Needed(value, on), MostTries - 1, "retries", "retries") + 1),
        new("ret", "ry", (r, on, value) => r.Lookup.Tries = (int)r.Number(Needed(value, on), MostTries - 1, "retries", "retries") + 1),
        new("rr", "comments", (r, on, _) => r.Lookup.HasRecordComments = on),
        new("se", "arch", (r, on, _) => r.Search(on)),
        new("shor", "t", (r, on, _) => r.BeShort(on)),
        new("showb", "adcookie", (r, on, _) => r.Lookup.ShowsBadCookie = on),
        new("shows", "earch", (r, on, _) => r.ShowSearch(on)),
        new("si", "gchase", (r, _, _) => r.Console.Note(";; +sigchase option is deprecated")),
        new("sp", "lit", (r, on, value) => r.Split(on, value)),
        new("st", "ats", (r, on, _) => r.Lookup.ShowsStatistics = on),
        new("su", "bnet", (r, on, value) => r.SetSubnet(on, value)),
        new("tcf", "lag", (r, on, _) => r.Lookup.Set(DnsFlags.Truncated, on)),
        new("tcp", "", (r, on, _) => r.ChooseTcp(on)),
        new("ti", "meout", (r, on, value) => r.Settings.Timeout = Math.Max(1, r.Number(Needed(value, on), MostSeconds, "timeout", "timeout"))),
        new("tls", "", (r, on, _) => r.UseTls(on)),
        new("tls-ca", "", (r, on, value) => r.VerifyTls(on, value)),
        new("tls-ce", "rtfile", (r, on, value) => r.SetTlsCertificate(on, value)),
        new("tls-h", "ostname", (r, on, value) => r.SetTlsName(on, value)),
        new("tls-k", "eyfile", (r, on, value) => r.SetTlsKey(on, value)),
        new("to", "pdown", (r, _, _) => r.Console.Note(";; +topdown option is deprecated")),
        new("tra", "ce", (r, on, _) => r.Trace(on)),
        new("tri", "es", (r, on, value) => r.Lookup.Tries = Math.Max(1, (int)r.Number(Needed(value, on), MostTries, "tries", "tries"))),
        new("tru", "sted-key", (r, _, _) => r.Console.Note(";; +trusted-key option is deprecated")),
        new("ttl", "", (r, on, _) => r.Lookup.OmitsTimeToLive = !on),
        new("ttli", "d", (r, on, _) => r.Lookup.OmitsTimeToLive = !on),
        new("ttlu", "nits", (r, on, _) => r.SetTimeUnits(on)),
        new("une", "xpected", (r, _, _) => r.Console.Note(";; +unexpected option is deprecated")),
        new("unk", "nownformat", (r, on, _) => r.Lookup.IsUnknownFormat = on),
        new("v", "c", (r, on, _) => r.ChooseTcp(on)),
        new("y", "aml", (r, on, _) => r.BeYaml(on)),
        new("z", "flag", (r, on, _) => r.Lookup.HasReservedBit = on),
    ];

    private static readonly string[] Opcodes =
    [
        "QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE", "RESERVED6", "RESERVED7", "RESERVED8", "RESERVED9",
        "RESERVED10", "RESERVED11", "RESERVED12", "RESERVED13", "RESERVED14", "RESERVED15",
    ];

    private readonly DigNumbers _numbers = new(console);
    private bool _isBatch;

    /// <summary>The lookup that options belong to.</summary>
    internal DigLookup Lookup { get; private set; } = settings.Default;

    /// <summary>Whether the next name begins a new lookup.</summary>
    internal bool NeedsClone { get; private set; }

    private DigSettings Settings => settings;

    private DigConsole Console => console;

    /// <summary>The name of an opcode as dig prints it.</summary>
    /// <param name="opcode">0 to 15.</param>
    internal static string NameOfOpcode(int opcode) => Opcodes[opcode];

    /// <summary>Reads one option.</summary>
    /// <param name="text">The option without its plus sign.</param>
    /// <param name="lookup">What it belongs to.</param>
    /// <param name="needsClone">Whether the next name begins a new lookup.</param>
    /// <param name="isBatch">Whether it stands in a batch file.</param>
    /// <exception cref="DigExit">It is none, or its value cannot be read.</exception>
    internal void Read(string text, DigLookup lookup, bool needsClone, bool isBatch)
    {
        (Lookup, NeedsClone, _isBatch) = (lookup, needsClone, isBatch);
        string word = text.TrimStart('=');
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string? value = equals < 0 || equals + 1 == word.Length ? null : word[(equals + 1)..];
        word = equals < 0 ? word : word[..equals];
        if (word.Length == 0)
        {
            console.Print($";; Invalid option {text}\n");
            return;
        }

        bool isOn = !word.StartsWith("no", StringComparison.OrdinalIgnoreCase);
        string name = isOn ? word : word[2..];
        DigPlusOption option = Array.Find(All, one => one.Is(name)) ?? throw new DigUsage($"+{word}");
        try
        {
            option.Apply(this, isOn, value);
        }
        catch (InvalidOption)
        {
            throw new DigUsage($"+{word}");
        }
    }

    private static string Needed(string? value, bool isOn = true) => isOn && value is not null ? value : throw new InvalidOption();

    private uint Number(string text, uint most, string what, string subject) =>
        _numbers.Read(text, most, what) ?? throw new DigExit(Misuse, $"Couldn't parse {subject}");

    private void EnsureEdns(bool isOn)
    {
        if (isOn)
            Lookup.EdnsVersion ??= EdnsVersion;
    }

    private void ShowAll(bool on)
    {
        Lookup.ShowsQuestion = Lookup.ShowsAuthority = Lookup.ShowsAnswer = Lookup.ShowsAdditional = Lookup.ShowsComments = Lookup.ShowsStatistics = on;
        settings.ShowsCommand = on;
    }

    private ushort Payload(bool on, string? value) =>
        !on ? throw new InvalidOption() : value is null ? PayloadSize : (ushort)Number(value, ushort.MaxValue, "buffer size", "buffer size");

    private void ShowComments(bool on)
    {
        Lookup.ShowsComments = on;
        if (Lookup == settings.Default)
            settings.WantsComments = on;
    }

    private void ShowQuestion(bool on)
    {
        Lookup.ShowsQuestion = on;
        if (Lookup == settings.Default)
            settings.WantsQuestion = on;
    }

    private void SetCookie(bool on, string? value)
    {
        EnsureEdns(on);
        Lookup.SendsCookie = on;
        if (value?.Length > LongestCookie)
            throw new DigExit(Misuse, "COOKIE data too large");
        Lookup.Cookie = value;
    }

    private void Search(bool on)
    {
        if (!Lookup.IsTrace)
            settings.UsesSearch = on;
    }

    private void ShowSearch(bool on)
    {
        if (!Lookup.IsTrace)
            settings.ShowsSearch = settings.UsesSearch = on;
    }

    private void FindPrefixes(bool on)
    {
        if (!on)
            return;
        if (NeedsClone)
            Lookup = settings.Default.Clone();
        NeedsClone = true;
        Lookup.IsPrefixSearch = true;
        Lookup.Name = "ipv4only.arpa";
        settings.ShowsCommand = false;
        ShowAnswerOnly();
        Lookup.HasRecordComments = false;
        Lookup.Type = DnsRecordType.AAAA;
        Lookup.HasType = true;
        settings.Lookups.AddLast(Lookup);
    }

    private void ShowAnswerOnly()
    {
        Lookup.ShowsAdditional = Lookup.ShowsAuthority = Lookup.ShowsQuestion = Lookup.ShowsComments = Lookup.ShowsStatistics = false;
        Lookup.ShowsAnswer = true;
    }

    private void WantDnssec(bool on)
    {
        EnsureEdns(on);
        Lookup.IsDnssecOk = on;
    }

    private void SetEdns(bool on, string? value) =>
        Lookup.EdnsVersion = !on ? null : value is null ? EdnsVersion : (byte)Number(value, byte.MaxValue, "edns", "edns");

    private void SetEdnsFlags(bool on, string? value)
    {
        Lookup.EdnsFlags = on && value is not null
            ? (ushort)(_numbers.ReadAnyBase(value, ushort.MaxValue, "ednsflags") ?? throw new DigExit(Misuse, "Couldn't parse ednsflags"))
            : (ushort)0;
        EnsureEdns(on && value is not null);
    }

    private void AddOption(bool on, string? value)
    {
        if (!on)
        {
            Lookup.Options.Clear();
            return;
        }

        string text = value?.TrimStart(':') ?? "";
        if (text.Length == 0)
            throw new DigExit(Misuse, "ednsopt no code point specified");
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string code = colon < 0 ? text : text[..colon];
        if (Lookup.Options.Count >= MostOptions)
            throw new DigExit(1, "too many ednsopts");
        Lookup.Options.Add((CodeOf(code), colon >= 0 && colon + 1 < text.Length ? DigHex.Read(text[(colon + 1)..]) : []));
    }

    private ushort CodeOf(string text) => text.ToUpperInvariant() switch
    {
        "LLQ" => 1,
        "NSID" => 3,
        "DAU" => 5,
        "DHU" => 6,
        "N3U" => 7,
        "ECS" => 8,
        "EXPIRE" => 9,
        "COOKIE" => 10,
        "KEEPALIVE" => 11,
        "PADDING" or "PAD" => 12,
        "CHAIN" => 13,
        "KEY-TAG" => 14,
        "EDE" => 15,
        "CLIENT-TAG" => 16,
        "SERVER-TAG" => 17,
        "DEVICEID" => 26946,
        _ => (ushort)(_numbers.Read(text, ushort.MaxValue, "ednsopt") ?? throw new DigExit(1, $"bad edns code point: {text}")),
    };

    private void UseHttp(bool on, string? value, bool isPlain, bool isGet)
    {
        Lookup.UsesHttps = on;
        if (!on)
            return;
        Lookup.IsHttpPlain |= isPlain;
        Lookup.IsHttpGet |= isGet;
        if (!Lookup.HasTcpChoice)
            Lookup.UsesTcp = true;
        if (value is not null && !DigHttp.IsPath(value))
        {
            console.Note($";; The given HTTP path \"{value}\" is not a valid absolute path");
            throw new InvalidOption();
        }

        Lookup.HttpPath = value ?? DigHttp.DefaultPath;
    }

    private void WantServerId(bool on)
    {
        EnsureEdns(on);
        Lookup.WantsServerId = on;
    }

    private void SearchAuthorities(bool on)
    {
        Lookup.IsAuthoritySearch = on;
        if (!on)
            return;
        Lookup.IsFirstOfTrace = true;
        Lookup.Set(DnsFlags.RecursionDesired, true);
        Lookup.Identifies = true;
        Lookup.ShowsStatistics = Lookup.ShowsComments = Lookup.ShowsAdditional = Lookup.ShowsAuthority = Lookup.ShowsQuestion = false;
        Lookup.Type = DnsRecordType.NS;
        Lookup.HasType = true;
        settings.IsShort = true;
        Lookup.HasRecordComments = null;
    }

    private int Opcode(string value)
    {
        int named = Array.FindIndex(Opcodes, one => one.Equals(value, StringComparison.OrdinalIgnoreCase));
        return named >= 0 ? named : (int)Number(value, (uint)Opcodes.Length - 1, "opcode", "opcode");
    }

    private void SetPadding(bool on, string? value)
    {
        const int Largest = 512; // octets
        EnsureEdns(on);
        Lookup.Padding = (int)Number(Needed(value), Largest, "padding", "padding");
    }

    private void BeShort(bool on)
    {
        settings.IsShort = on;
        if (!on)
            return;
        settings.ShowsCommand = false;
        ShowAnswerOnly();
        Lookup.HasRecordComments = false;
    }

    private void Split(bool on, string? value)
    {
        const int Widest = 1023, Step = 4;
        if (!on)
        {
            if (value is not null)
                throw new InvalidOption();
            settings.SplitWidth = 0;
            return;
        }

        if (value is null)
            return;
        int width = (int)(_numbers.Read(value, Widest, "split") ?? throw new DigExit(Misuse, "Couldn't parse split"));
        if (width % Step != 0)
        {
            width = (width + Step - 1) / Step * Step;
            console.Note($";; Warning, split must be a multiple of 4; adjusting to {width.ToString(CultureInfo.InvariantCulture)}");
        }

        settings.SplitWidth = width;
    }

    private void SetSubnet(bool on, string? value)
    {
        if (!on)
        {
            Lookup.Subnet = null;
            return;
        }

        string text = Needed(value);
        EnsureEdns(true);
        Lookup.Subnet = DigNumbers.ReadSubnet(text);
    }

    private void ChooseTcp(bool on)
    {
        if (_isBatch)
            return;
        Lookup.UsesTcp = on;
        Lookup.HasTcpChoice = true;
    }

    private void UseTls(bool on)
    {
        ImplyTcp(on);
        Lookup.UsesTls = on;
    }

    private void ImplyTcp(bool on)
    {
        if (!Lookup.HasTcpChoice)
            Lookup.UsesTcp = on;
    }

    private void VerifyTls(bool on, string? value)
    {
        ImplyTcp(on);
        Lookup.VerifiesTls = on;
        if (on && value is not null)
            Lookup.TlsAuthorities = value;
    }

    private void SetTlsName(bool on, string? value)
    {
        ImplyTcp(on);
        Lookup.VerifiesTls |= on;
        Lookup.TlsName = on ? Given(value, "hostname") : null;
    }

    private void SetTlsCertificate(bool on, string? value)
    {
        ImplyTcp(on);
        Lookup.VerifiesTls |= on;
        Lookup.TlsCertificate = on ? Given(value, "certificate file") : null;
    }

    private void SetTlsKey(bool on, string? value)
    {
        ImplyTcp(on);
        Lookup.VerifiesTls |= on;
        Lookup.TlsKey = on ? Given(value, "private key file") : null;
    }

    private string Given(string? value, string what)
    {
        if (value is not null)
            return value;
        console.Note($";; TLS {what} is not specified");
        throw new InvalidOption();
    }

    private void Trace(bool on)
    {
        Lookup.IsTrace = Lookup.IsFirstOfTrace = on;
        if (!on)
            return;
        Lookup.Set(DnsFlags.RecursionDesired, true);
        Lookup.Identifies = true;
        Lookup.ShowsComments = Lookup.ShowsStatistics = Lookup.ShowsAdditional = Lookup.ShowsQuestion = false;
        Lookup.HasRecordComments = null;
        Lookup.ShowsAuthority = true;
        Lookup.IsDnssecOk = true;
        Lookup.SendsCookie = true;
        settings.UsesSearch = false;
    }

    private void SetTimeUnits(bool on)
    {
        Lookup.OmitsTimeToLive = false;
        Lookup.HasTimeUnits = on;
    }

    private void BeYaml(bool on)
    {
        settings.IsYaml = on;
        if (!on)
            return;
        settings.ShowsCommand = false;
        Lookup.ShowsStatistics = false;
        Lookup.HasRecordComments = false;
    }

    private sealed class InvalidOption : Exception;
}

/// <summary>A command line that makes no sense: the word is named, and how dig is used.</summary>
/// <param name="word">The word; null if none is to blame.</param>
internal sealed class DigUsage(string? word) : Exception(word)
{
    /// <summary>The word; null if none is to blame.</summary>
    internal string? Word { get; } = word;
}
