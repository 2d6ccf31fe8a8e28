using System.Text;

namespace NetWhy.Tools.Curl;

/// <summary>Names and passwords of hosts, as a file keeps them. Source: curl's docs, "netrc"; ftp(1), "The .netrc file".</summary>
internal static class CurlNetrc
{
    /// <summary>Finds who a host is told that we are.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="host">The host.</param>
    /// <param name="user">Who we want to be; null for the first that is known there.</param>
    /// <returns>Name and password, empty where the file has none; null if nobody is known there.</returns>
    internal static (string User, string Password)? Find(string text, string host, string? user)
    {
        string? login = null, password = null;
        bool isOurs = false;
        string? key = null;
        foreach (string word in Words(text))
        {
            switch (key ?? word.ToLowerInvariant())
            {
                case "machine" when key is null:
                case "default" when key is null:
                    if (Fits())
                        return (user ?? login ?? "", password ?? "");
                    (login, password, isOurs) = (null, null, word.Equals("default", StringComparison.OrdinalIgnoreCase));
                    key = isOurs ? null : "machine";
                    continue;
                case "machine":
                    isOurs = word.Equals(host, StringComparison.OrdinalIgnoreCase);
                    break;
                case "login" or "password" or "account" when key is null:
                    key = word.ToLowerInvariant();
                    continue;
                case "login":
                    login = word;
                    break;
                case "password":
                    password = word;
                    break;
            }

            key = null;
        }

        return Fits() ? (user ?? login ?? "", password ?? "") : null;

        // Whoever else is known there does not lend his password.
        bool Fits() => isOurs && (login is not null || password is not null) && (user is null || login is null || login == user);
    }

    private static IEnumerable<string> Words(string text)
    {
        bool isMacro = false;
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r');
            isMacro &= line.Length > 0; // a macro ends with an empty line
            for (int at = 0; !isMacro && at < line.Length;)
            {
                if (line[at] is ' ' or '\t')
                {
                    at++;
                    continue;
                }

                if (line[at] == '#')
                    break;
                string word = WordAt(line, ref at);
                isMacro = word.Equals("macdef", StringComparison.OrdinalIgnoreCase);
                if (!isMacro)
                    yield return word;
            }
        }
    }

    private static string WordAt(string line, ref int at)
    {
        int start = at;
        if (line[at] != '"')
        {
            while (at < line.Length && line[at] is not (' ' or '\t'))
                at++;
            return line[start..at];
        }

        var word = new StringBuilder();
        for (at++; at < line.Length && line[at] != '"'; at++)
        {
            bool isEscaped = line[at] == '\\' && at + 1 < line.Length;
            char letter = isEscaped ? line[++at] : line[at];
            word.Append(!isEscaped ? letter : letter switch { 'n' => '\n', 'r' => '\r', 't' => '\t', _ => letter });
        }

        at++;
        return word.ToString();
    }
}
