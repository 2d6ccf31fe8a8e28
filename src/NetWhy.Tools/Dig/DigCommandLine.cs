using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Reads command lines as dig reads them: what stands before the first name is for all, what stands behind one for that one.</summary>
/// <param name="settings">Filled in.</param>
/// <param name="console">Takes what dig says.</param>
internal sealed class DigCommandLine(DigSettings settings, DigConsole console)
{
    private const string Version = "9.18-netwhy"; // of the dig whose output this is
    private const int LongestBanner = 1023, LongestName = 1023; // octets
    private const string WithoutValue = "46dhimnruv", Letters = "46bcdfhikmnpqrtvyx";

    private readonly DigPlusReader _plus = new(settings, console);
    private readonly DigNumbers _numbers = new(console);
    private IReadOnlyList<string> _words = [];
    private DigLookup _lookup = settings.Default;
    private bool _needsClone;
    private bool _isConfiguration;
    private bool _isFirst;
    private bool _hasOpenType;

    /// <summary>What <c>-v</c> says.</summary>
    internal static string VersionLine => $"DiG {Version}";

    /// <summary>Looks for what must be known before anything else is read: <c>-4</c>, <c>-6</c> and <c>-r</c>.</summary>
    /// <param name="words">The command line.</param>
    /// <exception cref="DigExit">They exclude each other.</exception>
    internal void ReadAhead(IReadOnlyList<string> words)
    {
        bool wants4 = false, wants6 = false;
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i] is not ['-', ..])
                continue;
            string letters = words[i][1..];
            while (letters.Length > 0 && WithoutValue.Contains(letters[0]))
            {
                wants4 |= letters[0] is '4';
                wants6 |= letters[0] is '6';
                if (wants4 && wants6)
                    throw new DigExit(1, "only one of -4 and -6 allowed");
                settings.ReadsSettingsFile &= letters[0] is not 'r';
                letters = letters[1..];
            }

            if (letters.Length == 0)
                continue;
            if (!Letters.Contains(letters[0]))
                throw new DigUsage($"-{letters}");
            if (letters.Length == 1 && ++i == words.Count)
                throw new DigUsage($"-{letters}");
        }

        settings.HasIPv6 &= !wants4;
        settings.HasIPv4 &= !wants6;
    }

    /// <summary>Reads the command line, and the file of settings before it.</summary>
    /// <param name="words">The words.</param>
    /// <param name="settingsLines">Lines of <c>~/.digrc</c>.</param>
    /// <exception cref="DigExit">It cannot be used.</exception>
    /// <exception cref="DigUsage">It makes no sense.</exception>
    internal void Read(IReadOnlyList<string> words, IEnumerable<string> settingsLines)
    {
        foreach (string line in settingsLines)
            ReadWords(WordsOf(line), isBatch: true, isConfiguration: true);
        _needsClone = true;
        ReadWords(words, isBatch: false, isConfiguration: false);
        if (settings.BatchFile is null && settings.Lookups.Count == 0 && !settings.ShowsHelp && !settings.ShowsVersion)
        {
            BeginLookup(".");
            _lookup.Type = DnsRecordType.NS;
            _lookup.HasType = true;
        }
    }

    /// <summary>Reads a line of a batch file.</summary>
    /// <param name="line">The line.</param>
    internal void ReadBatch(string line)
    {
        _lookup = settings.Default.Clone();
        _needsClone = false;
        ReadWords(WordsOf(line), isBatch: true, isConfiguration: false, keepLookup: true);
        if (settings.Lookups.Count > 0)
            return;
        BeginLookup(".");
        _lookup.Type = DnsRecordType.NS;
        _lookup.HasType = true;
    }

    private static string[] WordsOf(string line) => line.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private void ReadWords(IReadOnlyList<string> words, bool isBatch, bool isConfiguration, bool keepLookup = false)
    {
        (_words, _isConfiguration, _isFirst, _hasOpenType) = (words, isConfiguration, true, true);
        if (!keepLookup)
            (_lookup, _needsClone) = (settings.Default, true);
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            switch (word)
            {
                case ['%', ..]:
                    return;
                case ['@', .. var server]:
                    if (!ReadServer(server, isBatch && !isConfiguration))
                        return;
                    break;
                case ['+', .. var option]:
                    _plus.Read(option, _lookup, _needsClone, isBatch);
                    (_lookup, _needsClone) = (_plus.Lookup, _plus.NeedsClone);
                    break;
                case ['-', .. var option]:
                    if (ReadDash(option, i + 1 < words.Count ? words[i + 1] : null))
                        i++;
                    if (settings.ShowsHelp || settings.ShowsVersion)
                        return;
                    break;
                default:
                    ReadWord(word);
                    break;
            }
        }
    }

    private bool ReadServer(string word, bool isBatchLine)
    {
        IReadOnlyList<DigServer> servers = DigServers.Of(word, settings, out string? failure);
        settings.ServersNamed = servers.Count;
        if (failure is null)
        {
            _lookup.Servers.AddRange(servers);
            return true;
        }

        if (!isBatchLine)
            throw new DigExit(1, $"couldn't get address for '{word}': {failure}");
        console.Note($"couldn't get address for '{word}': {failure}: skipping lookup");
        settings.Lookups.Remove(_lookup);
        return false;
    }

    private void ReadWord(string word)
    {
        if (_hasOpenType)
        {
            bool isTransfer = word.StartsWith("ixfr=", StringComparison.OrdinalIgnoreCase);
            DnsRecordType type = DnsRecordType.IXFR;
            if (isTransfer || DnsMnemonics.TryParseType(word, out type))
            {
                if (!isTransfer && type is DnsRecordType.IXFR)
                {
                    console.Note(";; Warning, ixfr requires a serial number");
                    return;
                }

                SetType(type, isTransfer ? word[5..] : null);
                return;
            }

            if (DnsMnemonics.TryParseClass(word, out DnsClass number))
            {
                if (_lookup.HasClass)
                    console.Note(";; Warning, extra class option");
                _lookup.Class = number;
                _lookup.HasClass = true;
                return;
            }
        }

        if (!_isConfiguration)
            BeginLookup(word);
    }

    private void SetType(DnsRecordType type, string? serial, bool marksIt = true)
    {
        if (_lookup.HasType)
            console.Note(";; Warning, extra type option");
        _lookup.Type = type;
        _lookup.HasType |= marksIt;
        if (serial is not null)
        {
            _lookup.HasType = true;
            _lookup.TransferSerial = _numbers.Read(serial, uint.MaxValue, "serial number") ?? throw new DigExit(1, "Couldn't parse serial number");
        }

        if (type is DnsRecordType.AXFR or DnsRecordType.IXFR)
        {
            _lookup.ShowsQuestion = settings.WantsQuestion;
            _lookup.ShowsComments = settings.WantsComments;
        }

        if (type is DnsRecordType.ANY or DnsRecordType.IXFR && !_lookup.HasTcpChoice)
            _lookup.UsesTcp = true;
    }

    private void BeginLookup(string name)
    {
        if (_needsClone)
            _lookup = settings.Default.Clone();
        _needsClone = true;
        _lookup.Name = name.Length > LongestName ? name[..LongestName] : name;
        _lookup.IsFirstOfTrace = _lookup.IsTrace || _lookup.IsAuthoritySearch;
        _lookup.IsNewSearch = true;
        if (_isFirst)
            Greet();
        _isFirst = false;
        settings.Lookups.AddLast(_lookup);
    }

    private void Greet()
    {
        if (!settings.ShowsCommand)
            return;
        var text = new StringBuilder(settings.HasGreeted ? "" : "\n").Append("; <<>> DiG ").Append(Version).Append(" <<>>");
        foreach (string word in _words)
            text.Append(' ').Append(word);
        text.Append('\n');
        if (!settings.HasGreeted && settings.ServersNamed > 0)
            text.Append(CultureInfo.InvariantCulture, $"; ({settings.ServersNamed} server{(settings.ServersNamed > 1 ? "s" : "")} found)\n");
        if (!settings.HasGreeted)
            text.Append(";; global options:").Append(settings.IsShort ? " +short" : "").Append(" +cmd\n");
        settings.HasGreeted = true;
        _lookup.Banner = text.Length > LongestBanner ? text.ToString(0, LongestBanner) : text.ToString();
    }

    // Gives whether the next word was used.
    private bool ReadDash(string option, string? next)
    {
        while (option.Length > 0 && WithoutValue.Contains(option[0]))
        {
            switch (option[0])
            {
                case 'h': settings.ShowsHelp = true; return false;
                case 'v': settings.ShowsVersion = true; return false;
                case 'u': _lookup.UsesMicroseconds = true; break;
                case 'd' when option.Length > 1 && !Letters.Contains(option[1]):
                    if (!"debug".StartsWith(option, StringComparison.OrdinalIgnoreCase))
                        throw new DigUsage($"-{option}");
                    return false;
            }

            option = option[1..];
            if (option.Length == 0)
                return false;
        }

        if (option.Length == 0)
            throw new DigUsage("-");
        bool usesNext = option.Length == 1;
        string value = (usesNext ? next : option[1..]) ?? throw new DigUsage($"-{option}");
        ReadValue(option, value);
        return usesNext;
    }

    private void ReadValue(string option, string value)
    {
        switch (option[0])
        {
            case 'b': ReadSource(value); break;
            case 'c': ReadClass(value); break;
            case 'f': settings.BatchFile = value; break;
            case 'k': settings.KeyFile = value; break;
            case 'p': settings.Port = (int)(_numbers.Read(value, ushort.MaxValue, "port number") ?? throw new DigExit(1, "Couldn't parse port number")); break;
            case 'q':
                if (!_isConfiguration)
                    BeginLookup(value);
                break;
            case 't': ReadType(value); break;
            case 'x': BeginReverse(value); break;
            case 'y': ReadKey(value); break;
            default: throw new DigUsage($"-{option}");
        }
    }

    private void ReadSource(string value)
    {
        string address = value;
        if (value.IndexOf('#', StringComparison.Ordinal) is var hash and >= 0)
        {
            settings.SourcePort = (int)(_numbers.Read(value[(hash + 1)..], ushort.MaxValue, "port number") ?? throw new DigExit(1, "Couldn't parse port number"));
            address = value[..hash];
        }

        IPAddress? six = settings.HasIPv6 ? DigNumbers.Address(address, AddressFamily.InterNetworkV6) : null;
        IPAddress? four = settings.HasIPv4 ? DigNumbers.Address(address, AddressFamily.InterNetwork) : null;
        settings.Source = six ?? four ?? throw new DigExit(1, $"invalid address {value}");
    }

    private void ReadClass(string value)
    {
        if (_lookup.HasClass)
            console.Note(";; Warning, extra class option");
        _hasOpenType = false;
        if (!DnsMnemonics.TryParseClass(value, out DnsClass number))
        {
            console.Note($";; Warning, ignoring invalid class {value}");
            return;
        }

        _lookup.Class = number;
        _lookup.HasClass = true;
    }

    private void ReadType(string value)
    {
        _hasOpenType = false;
        if (value.StartsWith("ixfr=", StringComparison.OrdinalIgnoreCase))
            SetType(DnsRecordType.IXFR, value[5..]);
        else if (DnsMnemonics.TryParseType(value, out DnsRecordType type) && type is not DnsRecordType.IXFR)
            SetType(type, null, !_isConfiguration);
        else
            console.Note($";; Warning, ignoring invalid type {value}");
    }

    private void BeginReverse(string value)
    {
        string name = DigReverse.NameOf(value);
        if (name.Length > LongestName)
        {
            console.Note($"Invalid IP address {value}");
            throw new DigExit(1, null);
        }

        BeginLookup(name);
        if (!_lookup.HasType)
            _lookup.Type = DnsRecordType.PTR;
        if (!_lookup.HasClass)
            _lookup.Class = DnsClass.Internet;
    }

    private void ReadKey(string value)
    {
        string[] parts = value.TrimStart(':').Split(':', 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
            throw new DigUsage(null);
        if (parts.Length == 3)
            DigKeys.ReadAlgorithm(parts[0], settings, console, _numbers);
        else
            (settings.KeyAlgorithm, settings.KeyBits) = ("hmac-md5", 0);
        (settings.KeyName, settings.KeySecret) = (parts[^2], parts[^1]);
    }
}
