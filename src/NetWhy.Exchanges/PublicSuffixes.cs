using NetWhy.Wire.Dns;

namespace NetWhy.Exchanges;

/// <summary>The names below which anybody can have a name, such as <c>co.uk</c>: nobody may set cookies for all of them. Source: publicsuffix.org/list.</summary>
public sealed class PublicSuffixes
{
    private const string UsualFile = "/usr/share/publicsuffix/public_suffix_list.dat"; // of Debian's package publicsuffix

    private static readonly Lazy<PublicSuffixes> OfMachine = new(Load);

    private readonly HashSet<string> _rules = new(StringComparer.OrdinalIgnoreCase);

    private PublicSuffixes(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string rule = line.Split([' ', '\t'], 2)[0];
            if (rule.Length == 0 || rule.StartsWith("//", StringComparison.Ordinal))
                continue;
            if (rule.All(char.IsAscii))
                _rules.Add(rule);
            else if (InternationalName.ToAscii(rule.TrimStart('!', '*', '.')) is { } ascii)
                _rules.Add(rule[..^rule.TrimStart('!', '*', '.').Length] + ascii);
        }
    }

    /// <summary>The list of this machine; where there is none, only names of one label are suffixes. Read when it is first asked for.</summary>
    public static PublicSuffixes Installed => OfMachine.Value;

    /// <summary>Takes a list.</summary>
    /// <param name="lines">Its lines, in the format of publicsuffix.org.</param>
    public static PublicSuffixes Read(IEnumerable<string> lines) => new(lines);

    /// <summary>Whether one of all hosts below a domain may speak for all of them.</summary>
    /// <param name="host">The host, in ASCII.</param>
    /// <param name="domain">The domain that it is in; it may always speak for itself.</param>
    public bool MayCover(string host, string domain)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(domain);
        if (host.Equals(domain, StringComparison.OrdinalIgnoreCase))
            return true;
        string rest = host.TrimEnd('.');
        for (int length = domain.TrimEnd('.').Length; rest.Length >= length;)
        {
            if (Contains(rest))
                return false;
            rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..]; // a name of one label ended it above
        }

        return true;
    }

    private bool Contains(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || (!_rules.Contains("!" + name) && (_rules.Contains(name) || _rules.Contains("*." + name) || _rules.Contains("*" + name[dot..])));
    }

    private static PublicSuffixes Load()
    {
        try
        {
            return new PublicSuffixes(File.ReadLines(UsualFile));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return new PublicSuffixes([]);
        }
    }
}
