using System.Globalization;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>Reads the keys that queries are signed with.</summary>
internal static class DigKeys
{
    /// <summary>Reads the name of an algorithm, with a number of bits behind it perhaps.</summary>
    /// <param name="text">The name, such as <c>hmac-sha256</c> or <c>hmac-sha256-128</c>.</param>
    /// <param name="settings">Filled in.</param>
    /// <param name="console">Takes what dig says of a bad one.</param>
    /// <param name="numbers">Reads the number.</param>
    /// <exception cref="DigExit">It is much too long, or the number is none.</exception>
    internal static void ReadAlgorithm(string text, DigSettings settings, DigConsole console, DigNumbers numbers)
    {
        const int Longest = 20;
        if (text.Length >= Longest)
            throw new DigExit(1, $"unknown key type '{text}'");
        settings.KeyBits = 0;
        if (TransactionKey.IsAlgorithm(text))
        {
            settings.KeyAlgorithm = text;
            return;
        }

        int dash = text.LastIndexOf('-');
        if (dash < 0 || !TransactionKey.IsAlgorithm(text[..dash]))
        {
            console.Note($";; Warning, ignoring invalid TSIG algorithm {text}");
            return;
        }

        uint most = text[..dash].ToUpperInvariant() switch { "HMAC-MD5" => 128, "HMAC-SHA1" => 160, var name => uint.Parse(name.AsSpan("HMAC-SHA".Length), CultureInfo.InvariantCulture) };
        uint bits = numbers.Read(text[(dash + 1)..], most, string.Create(CultureInfo.InvariantCulture, $"digest-bits [0..{most}]")) ?? throw new DigExit(1, "couldn't parse digest bits");
        (settings.KeyAlgorithm, settings.KeyBits) = (text[..dash], (int)(bits + 7) / 8 * 8);
    }

    /// <summary>The key of the command line, or of the file that it names.</summary>
    /// <param name="settings">Has them.</param>
    /// <param name="console">Takes what dig says of a bad one.</param>
    /// <returns>The key; null for none.</returns>
    internal static TransactionKey? Load(DigSettings settings, DigConsole console)
    {
        if (settings.KeyFile is { } file && !TryReadFile(file, settings, console))
            return null;
        if (settings.KeySecret.Length == 0)
            return null;

        string? problem = null;
        byte[] secret = [];
        try
        {
            secret = Convert.FromBase64String(settings.KeySecret);
        }
        catch (FormatException)
        {
            problem = "bad base64 encoding";
        }

        problem ??= settings.KeyAlgorithm is null ? "algorithm is unsupported" : null;
        TransactionKey? key = problem is null ? TransactionKey.Create(settings.KeyName, settings.KeyAlgorithm!, secret, settings.KeyBits) : null;
        if (key is null)
            console.Print($";; Couldn't create key {settings.KeyName}: {problem ?? DigNames.FaultOf(settings.KeyName)}\n");
        return key;
    }

    private static bool TryReadFile(string file, DigSettings settings, DigConsole console)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            console.Note($"Couldn't read key from {file}: {(refusal is FileNotFoundException or DirectoryNotFoundException ? "file not found" : FileProblem.Of(file, refusal))}");
            return false;
        }

        string[] words = [.. WordsOf(text)];
        int key = Array.IndexOf(words, "key");
        string? algorithm = ValueOf("algorithm"), secret = ValueOf("secret");
        if (key < 0 || key + 1 >= words.Length)
        {
            console.Note($"Couldn't read key from {file}: not found");
            return false;
        }

        if (algorithm is null || secret is null)
            throw new DigExit(1, "key must have algorithm and secret");
        (settings.KeyName, settings.KeySecret) = (words[key + 1], secret);
        ReadAlgorithm(algorithm, settings, console, new DigNumbers(console));
        return true;

        string? ValueOf(string word) => Array.IndexOf(words, word) is var at and >= 0 && at + 1 < words.Length ? words[at + 1] : null;
    }

    // The words of a clause of named.conf: quotes, braces and semicolons only part them. Comments are left out.
    private static IEnumerable<string> WordsOf(string text)
    {
        foreach (string raw in text.Split('\n'))
        {
            string line = raw;
            foreach (string mark in (string[])["//", "#"])
            {
                if (line.IndexOf(mark, StringComparison.Ordinal) is var at and >= 0 && line[..at].Count(character => character == '"') % 2 == 0)
                    line = line[..at];
            }

            foreach (string word in line.Split([' ', '\t', '\r', '{', '}', ';', '"'], StringSplitOptions.RemoveEmptyEntries))
                yield return word;
        }
    }
}
