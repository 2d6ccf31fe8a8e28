using System.Globalization;

namespace NetWhy.Linux;

/// <summary>Who makes interfaces, by the first three octets of their addresses: as a list of this machine says, if it has one.</summary>
/// <remarks>IEEE gives these numbers away. The lists are those of Wireshark, of the package ieee-data, and of hwdata: the first one that is there is read, when it is asked for.</remarks>
public static class VendorNames
{
    private static readonly string[] Places = ["/usr/share/wireshark/manuf", "/usr/share/ieee-data/oui.txt", "/usr/share/hwdata/oui.txt", "/usr/share/misc/oui.txt"];

    private static readonly Lazy<IReadOnlyDictionary<uint, string>> Names = new(ReadFirst);

    /// <summary>Who makes interfaces whose addresses begin with a number.</summary>
    /// <param name="number">The first three octets, the first one highest.</param>
    /// <returns>The name; null if no list of this machine has it.</returns>
    public static string? Find(uint number) => Names.Value.GetValueOrDefault(number);

    /// <summary>Reads a list.</summary>
    /// <param name="lines">Its lines, as Wireshark's <c>manuf</c> or IEEE's <c>oui.txt</c> has them; others are passed over.</param>
    /// <returns>The names by number.</returns>
    public static IReadOnlyDictionary<uint, string> Read(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var names = new Dictionary<uint, string>();
        foreach (string line in lines)
        {
            const int NumberLength = 8; // 00:00:5E, 00-00-5E
            if (line.Length <= NumberLength || line[2] is not (':' or '-') || line[5] != line[2]
                || !uint.TryParse(string.Concat(line.AsSpan(0, 2), line.AsSpan(3, 2), line.AsSpan(6, 2)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number))
            {
                continue;
            }

            // A short name and the whole one behind tabs; or "(hex)" and the name.
            string rest = line[NumberLength..];
            if (rest[0] == '\t')
            {
                string[] parts = rest.Split('\t');
                names.TryAdd(number, parts[Math.Min(2, parts.Length - 1)].Trim());
            }
            else if (rest.IndexOf("(hex)", StringComparison.Ordinal) is >= 0 and int mark)
            {
                names.TryAdd(number, rest[(mark + "(hex)".Length)..].Trim());
            }
        }

        return names;
    }

    private static IReadOnlyDictionary<uint, string> ReadFirst()
    {
        foreach (string place in Places)
        {
            try
            {
                if (File.Exists(place))
                    return Read(File.ReadLines(place));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                continue; // another list may be readable
            }
        }

        return new Dictionary<uint, string>();
    }
}
