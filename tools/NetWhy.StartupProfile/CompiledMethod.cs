using System.Globalization;
using System.Text.RegularExpressions;

namespace NetWhy.StartupProfile;

/// <summary>A method that the runtime compiled, as it writes it with <c>DOTNET_JitDisasmSummary=1</c>.</summary>
/// <param name="Owner">Its type with the arguments of it, in brackets.</param>
/// <param name="Name">Its name with the arguments of it, in brackets.</param>
/// <param name="Parameters">Types of its parameters.</param>
/// <param name="Size">Octets of its intermediate language, which tell overloads apart.</param>
internal sealed partial record CompiledMethod(string Owner, string Name, string Parameters, int Size)
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>Null if it names no method.</returns>
    internal static CompiledMethod? Read(string line)
    {
        Match match = Line().Match(line);
        if (!match.Success)
            return null;
        string text = match.Groups[1].Value;
        int owner = IndexOutside(text, ':'), open = owner < 0 ? -1 : IndexOutside(text, '(', owner), close = text.LastIndexOf(')');
        return open < 0 || close < open ? null
            : new CompiledMethod(text[..owner], text[(owner + 1)..open], text[(open + 1)..close], int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>A name and the arguments in the brackets behind it.</summary>
    /// <param name="text">Both.</param>
    internal static (string Name, string[] Arguments) Parts(string text) =>
        text is [.., ']'] && IndexOutside(text, '[') is >= 0 and var open ? (text[..open], Split(text[(open + 1)..^1])) : (text, []);

    /// <summary>What stands between commas, brackets kept whole.</summary>
    /// <param name="text">The list.</param>
    internal static string[] Split(string text)
    {
        List<string> parts = [];
        int start = 0;
        for (int comma = IndexOutside(text, ','); comma >= 0; comma = IndexOutside(text, ',', start))
        {
            parts.Add(text[start..comma]);
            start = comma + 1;
        }

        if (text.Length > 0)
            parts.Add(text[start..]);
        return [.. parts];
    }

    private static int IndexOutside(string text, char wanted, int start = 0)
    {
        int depth = 0;
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] == wanted && depth == 0)
                return i;
            depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
        }

        return -1;
    }

    [GeneratedRegex(@"JIT compiled (.*) \[(?:Tier0|MinOpts|FullOpts)\b[^\]]*IL size=(\d+)")]
    private static partial Regex Line();
}
