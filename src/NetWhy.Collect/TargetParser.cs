using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect;

/// <summary>Reads what a user types as a target. It looks nothing up: whether a name or a process exists is not asked.</summary>
/// <remarks>Source: RFC 3986 (URLs), RFC 6874 (scopes in URLs), RFC 1035 section 2.3.4 (lengths of names).</remarks>
public static class TargetParser
{
    private const int LongestInput = 8192; // octets of a request line that common servers accept
    private const int LongestLabel = DnsName.MaxLabelLength;
    private const int LongestName = 253; // 255 octets in DNS less the first length octet and the root


    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Schemes that a target may begin with.</summary>
    public static ImmutableArray<string> Schemes { get; } = ["http", "https", "tcp", "udp", "tls", "dns"];

    /// <summary>Reads a target.</summary>
    /// <param name="input">As typed; null for none, which is this machine.</param>
    /// <param name="target">The target; null if it cannot be one.</param>
    /// <param name="error">Why it cannot, in one line that holds no password; null if it can. Characters of the input
    /// are in it as they were: whoever shows it escapes them.</param>
    /// <returns>Whether <paramref name="input"/> is a target.</returns>
    public static bool TryParse(
        string? input, [NotNullWhen(true)] out Target? target, [NotNullWhen(false)] out string? error)
    {
        target = null;
        try
        {
            target = input is null ? new Target("", TargetKind.ThisMachine) : Parse(input);
            error = null;
            return true;
        }
        catch (FormatException misuse)
        {
            error = misuse.Message;
            return false;
        }
    }

    /// <summary>The scheme that a port stands for, if it stands for one nearly always.</summary>
    /// <remarks>Source: IANA service names and port numbers. Ports such as 8080 serve anything and name none.</remarks>
    private static string? SchemeOf(int port) => port switch
    {
        53 => "dns",
        80 => "http",
        443 => "https",
        465 or 636 or 853 or 993 or 995 => "tls", // SMTP, LDAP, DNS, IMAP and POP over TLS from the first octet
        _ => null,
    };

    private static int? DefaultPort(string scheme) => scheme switch
    {
        "http" => 80,
        "https" or "tls" => 443,
        "dns" => 53,
        _ => null,
    };

    private static Target Parse(string input)
    {
        if (input.Length == 0)
            throw new FormatException("the target is empty");
        if (input.Length > LongestInput)
            throw new FormatException($"the target has {input.Length} characters; at most {LongestInput} make sense");

        int scheme = input.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
            return ParseUrl(input, input[..scheme].ToLowerInvariant(), input[(scheme + 3)..]);
        if (input.StartsWith("pid:", StringComparison.OrdinalIgnoreCase))
            return ParseProcess(input);
        if (input.All(char.IsAsciiDigit) && int.TryParse(input, CultureInfo.InvariantCulture, out _))
        {
            throw new FormatException(
                $"{Quote(input)} is no host: write {(IsPort(input) ? $":{input} for a service on this machine, " : "")}pid:{input} for a process");
        }

        if (input.Contains('@', StringComparison.Ordinal))
            throw new FormatException("leave out the user name: a target is HOST, HOST:PORT or a URL");
        if (input.IndexOfAny(['/', '?', '#']) is >= 0 and var rest)
            throw new FormatException($"{Quote(input)} is no URL without a scheme: write http:// or https:// before it");

        return ParseAuthority(input, out string? host, out IPAddress? literal, out int? port)
            ? new Target(input, port is null ? TargetKind.Host : TargetKind.HostPort)
            {
                Scheme = port is { } number ? SchemeOf(number) : null,
                Host = host,
                Literal = literal,
                Port = port,
            }
            : new Target(input, TargetKind.LocalPort) { Scheme = SchemeOf(port!.Value), Port = port };
    }

    private static Target ParseProcess(string input) =>
        int.TryParse(input.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
            ? new Target(input, TargetKind.Process) { Pid = pid }
            : throw new FormatException($"{Quote(input)} names no process: write pid: and a number above 0");

    private static Target ParseUrl(string input, string scheme, string rest)
    {
        if (!Schemes.Contains(scheme))
        {
            throw new FormatException(
                $"unknown scheme {Quote(scheme)}: a target begins with {string.Join(", ", Schemes.Select(known => known + "://"))} or none");
        }

        int end = rest.IndexOfAny(['/', '?', '#']);
        string authority = end < 0 ? rest : rest[..end];
        string path = end < 0 ? "" : rest[end..];

        // The user part is dropped here, so that a password reaches neither the evidence nor the screen.
        int user = authority.LastIndexOf('@');
        if (user >= 0)
        {
            authority = authority[(user + 1)..];
            input = $"{input[..input.IndexOf("://", StringComparison.Ordinal)]}://{authority}{path}";
        }
        else if (path.Contains('@', StringComparison.Ordinal) && authority.Contains(':', StringComparison.Ordinal)
            && !IsPort(authority[(authority.LastIndexOf(':') + 1)..]) && !authority.EndsWith(']'))
        {
            throw new FormatException("a / ? or # in a password must be percent-encoded, and netwhy needs no password");
        }

        if (!ParseAuthority(authority, out string? host, out IPAddress? literal, out int? port))
            throw new FormatException("the host is empty: write it after ://");
        if ((port ?? DefaultPort(scheme)) is not { } number)
            throw new FormatException($"{scheme}:// needs a port: write {scheme}://HOST:PORT");
        if (scheme is "dns" && path is ['/', _, ..])
            path = "/" + ParseName(path[1..]);
        if (scheme is not ("http" or "https" or "dns") && path is not ("" or "/"))
            throw new FormatException($"{scheme}:// takes no path");

        return new Target(input, TargetKind.Service)
        {
            Scheme = scheme,
            Host = host,
            Literal = literal,
            Port = number,
            Path = ParsePath(path),
        };
    }

    private static string ParsePath(string path)
    {
        int fragment = path.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
            path = path[..fragment];
        if (path.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0 || path.Contains('\x7f', StringComparison.Ordinal))
            throw new FormatException("the path of the URL has a space or a control character: percent-encode it");
        if (!path.StartsWith('/'))
            path = "/" + path;
        if (Ascii.IsValid(path))
            return path;

        var encoded = new StringBuilder(path.Length * 3);
        foreach (byte octet in Encoding.UTF8.GetBytes(path))
        {
            _ = octet < 0x80
                ? encoded.Append((char)octet)
                : encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>Reads HOST, HOST:PORT, [ADDRESS]:PORT or :PORT.</summary>
    /// <returns>Whether there is a host.</returns>
    private static bool ParseAuthority(string authority, out string? host, out IPAddress? literal, out int? port)
    {
        literal = null;
        port = null;
        string written;
        if (authority.StartsWith('['))
        {
            int close = authority.IndexOf(']', StringComparison.Ordinal);
            if (close < 0)
                throw new FormatException($"{Quote(authority)} lacks the closing ]");
            written = authority[1..close];
            literal = ParseIPv6(written)
                ?? throw new FormatException($"{Quote(written)} is no IPv6 address");
            string after = authority[(close + 1)..];
            if (after.Length > 0)
                port = after[0] == ':' ? ParsePort(after[1..]) : throw new FormatException($"{Quote(after)} follows the ] where only :PORT may");
        }
        else if (authority.AsSpan().Count(':') >= 2)
        {
            written = authority;
            literal = ParseIPv6(authority)
                ?? throw new FormatException(
                    $"{Quote(authority)} is neither HOST:PORT nor an IPv6 address (with a port: [ADDRESS]:PORT)");
        }
        else
        {
            int colon = authority.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0)
                port = ParsePort(authority[(colon + 1)..]);
            written = colon >= 0 ? authority[..colon] : authority;
            if (written.Length == 0)
            {
                host = null;
                return port is null ? throw new FormatException("the host is empty") : false;
            }

            if (EndsInNumber(written))
            {
                literal = ParseIPv4(written)
                    ?? throw new FormatException($"{Quote(written)} is no IPv4 address: write four numbers from 0 to 255");
            }
        }

        if (literal is not null)
            RefuseNoHost(literal, written);
        host = literal is null ? ParseName(written)
            : written.Contains('%', StringComparison.Ordinal) ? written.Replace("%25", "%", StringComparison.Ordinal)
            : literal.ToString();
        return true;
    }

    /// <summary>Refuses addresses that no single host can have. Source: RFC 6890; RFC 4291, sections 2.5.5.1 and 2.7.</summary>
    private static void RefuseNoHost(IPAddress address, string written)
    {
        byte[] octets = address.GetAddressBytes();
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            throw new FormatException($"{written} means every address of a machine that listens: ask for one of them, or for :PORT on this machine");
        if (address.Equals(IPAddress.Broadcast))
            throw new FormatException($"{written} is everybody on the link: ask for one host");
        if (address.IsIPv6Multicast || octets is [>= 224 and < 240, _, _, _])
            throw new FormatException($"{written} is a multicast group, which answers no connection: ask for one host");
        if (octets.Length == 16 && octets.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 && !IPAddress.IsLoopback(address))
        {
            int colon = written.LastIndexOf(':');
            throw new FormatException(IsPort(written[(colon + 1)..]) && colon > 1
                ? $"{Quote(written)} is an IPv6 address that no host has; with a port it is [{written[..colon]}]:{written[(colon + 1)..]}"
                : $"{Quote(written)} is an IPv6 address that no host has");
        }
    }

    private static int ParsePort(string text) =>
        text.Length == 0 ? throw new FormatException("the port is missing after the colon")
        : !text.All(char.IsAsciiDigit) ? throw new FormatException($"{Quote(text)} is no port: write a number from 1 to 65535")
        : IsPort(text) ? int.Parse(text, CultureInfo.InvariantCulture)
        : throw new FormatException($"port {Quote(text)} does not exist: ports go from 1 to 65535");

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535;

    /// <summary>Whether a host can only be meant as an IPv4 address. Source: WHATWG URL, "ends in a number".</summary>
    private static bool EndsInNumber(string host)
    {
        ReadOnlySpan<char> last = host.AsSpan().TrimEnd('.');
        last = last[(last.LastIndexOf('.') + 1)..];
        return last.Length > 0
            && (last.IndexOfAnyExceptInRange('0', '9') < 0
                || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                    && last[2..].IndexOfAnyExcept(HexDigits) < 0));
    }

    /// <summary>Four decimal numbers: forms that inet_aton(3) also takes, such as 010.1, mean different things to
    /// different programs.</summary>
    private static IPAddress? ParseIPv4(string text)
    {
        string[] parts = text.Split('.');
        if (parts.Length != 4)
            return null;
        Span<byte> octets = stackalloc byte[4];
        for (int i = 0; i < 4; i++)
        {
            if (parts[i] is ['0', _, ..]
                || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out octets[i]))
            {
                return null;
            }
        }

        return new IPAddress(octets);
    }

    private static IPAddress? ParseIPv6(string text)
    {
        if (text.AsSpan().IndexOfAny("[]/") >= 0)
            return null; // IPAddress would take brackets, ports and prefixes
        string? scope = null;
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent >= 0)
        {
            scope = text[(percent + 1)..];
            text = text[..percent];
            if (scope.StartsWith("25", StringComparison.Ordinal) && scope.Length > 2)
                scope = scope[2..]; // RFC 6874 writes % in a URL as %25
        }

        if (!IPAddress.TryParse(text, out IPAddress? address) || address.AddressFamily is not AddressFamily.InterNetworkV6)
            return null;
        if (scope is not null)
        {
            address.ScopeId = NetworkInterfaceIndex(scope)
                ?? throw new FormatException($"this machine has no interface {Quote(scope)}");
        }
        else if (address.IsIPv6LinkLocal)
        {
            throw new FormatException(
                $"{text} is an address of one link only: name the interface, such as {text}%eth0");
        }

        return address;
    }

    private static uint? NetworkInterfaceIndex(string scope) =>
        uint.TryParse(scope, NumberStyles.None, CultureInfo.InvariantCulture, out uint index)
            ? index > 0 ? index : null
            : InterfaceIndex.Of(scope);

    private static string ParseName(string written)
    {
        if (written.AsSpan().ContainsAnyInRange('\0', ' ') || written.Any(char.IsControl))
            throw new FormatException($"the host {Quote(written)} has a space or a control character");
        if (InternationalName.ToAscii(written) is not { } name)
        {
            throw new FormatException(written.Split('.').Any(label => label.Length > LongestLabel)
                ? $"a label of the host is longer than {LongestLabel} characters"
                : $"the host {Quote(written)} cannot be written in DNS");
        }

        name = name.ToLowerInvariant();
        ReadOnlySpan<char> labels = name.EndsWith('.') ? name.AsSpan(0, name.Length - 1) : name;
        if (labels.Length == 0)
            throw new FormatException($"the host {Quote(written)} is empty");
        foreach (Range range in labels.Split('.'))
        {
            ReadOnlySpan<char> label = labels[range];
            if (label.Length == 0)
                throw new FormatException($"the host {Quote(written)} has an empty label: two dots in a row, or one in front");
            if (label.Length > LongestLabel)
            {
                throw new FormatException(
                    $"a label of the host has {label.Length} characters: DNS allows {LongestLabel}");
            }

            foreach (char letter in label)
            {
                if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_'))
                    throw new FormatException($"the host {Quote(written)} has the character {Quote(letter.ToString())}, which no host name may have");
            }
        }

        return labels.Length <= LongestName
            ? name
            : throw new FormatException($"the host has {labels.Length} characters: DNS allows {LongestName}");
    }

    private static string Quote(string text) => text.Length <= 60 ? $"'{text}'" : $"'{text[..57]}...'";
}
