namespace NetWhy.Paths;

/// <summary>Finds what an answer of HTTP leads to on the same server.</summary>
internal static class AnswerLinks
{
    private const int Longest = 1000; // characters of a path

    /// <summary>The paths, those of scripts, images and style sheets first: they are larger than pages as a rule.</summary>
    /// <param name="answer">The answer with its head, an octet each character.</param>
    /// <param name="own">Path of the answer itself.</param>
    internal static IEnumerable<string> In(string answer, string own) =>
        ValuesOf(answer, "src=").Concat(ValuesOf(answer, "href="))
            .Select(value => PathOf(value, own))
            .OfType<string>()
            .Where(path => path != own)
            .Distinct(StringComparer.Ordinal);

    // Quoted values only: those without quotes are rare.
    private static IEnumerable<string> ValuesOf(string answer, string attribute)
    {
        for (int at = 0; (at = answer.IndexOf(attribute, at, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            at += attribute.Length;
            if (at >= answer.Length || answer[at] is not ('"' or '\'') || answer.IndexOf(answer[at], at + 1) is not (> 0 and var end))
                continue;
            yield return answer[(at + 1)..end];
            at = end;
        }
    }

    private static string? PathOf(string value, string own)
    {
        string path = value.Split('#')[0];
        if (path.Length is 0 or > Longest || path.StartsWith("//", StringComparison.Ordinal) || path.Split('/', '?')[0].Contains(':', StringComparison.Ordinal)
            || path.Any(letter => letter is <= ' ' or > '~'))
        {
            return null; // elsewhere, or nothing to ask for as it is
        }

        string folder = own.Split('?')[0] is var page ? page[..(page.LastIndexOf('/') + 1)] : "/";
        return path.StartsWith('/') ? path : folder + path;
    }
}
