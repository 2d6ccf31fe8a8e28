namespace NetWhy.Tools;

/// <summary>One option of a tool.</summary>
/// <param name="Letter">Its letter; <c>'\0'</c> if it has only a long name.</param>
/// <param name="Long">Its long name, without dashes; null if it has only a letter.</param>
/// <param name="TakesValue">Whether a value follows.</param>
public readonly record struct GetoptOption(char Letter, string? Long, bool TakesValue = false);

/// <summary>Reads command lines as the tools of the trade read them.</summary>
/// <remarks>
/// Letters may be bundled (<c>-tnp</c>), values may follow at once or as the next word, long names may be shortened as
/// long as they are unique, and options may stand after operands. Source: getopt_long(3) of glibc.
/// </remarks>
/// <param name="tool">Name of the tool, for messages.</param>
/// <param name="options">The options that it has.</param>
public sealed class Getopt(string tool, IReadOnlyList<GetoptOption> options)
{
    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <param name="handler">Gets each option in turn, with its value.</param>
    /// <returns>The operands, in their order.</returns>
    /// <exception cref="ToolException">An option is unknown, ambiguous, or lacks its value.</exception>
    public IReadOnlyList<string> Parse(IReadOnlyList<string> arguments, Action<GetoptOption, string?> handler)
    {
        var operands = new List<string>();
        bool isPosix = Environment.GetEnvironmentVariable("POSIXLY_CORRECT") is not null;
        for (int i = 0; i < arguments.Count; i++)
        {
            string word = arguments[i];
            if (word is "--" || (isPosix && word is not ['-', _, ..]))
            {
                operands.AddRange(arguments.Skip(word is "--" ? i + 1 : i));
                break;
            }

            if (word.StartsWith("--", StringComparison.Ordinal))
                ReadLong(word[2..], arguments, ref i, handler);
            else if (word is ['-', _, ..])
                ReadLetters(word, arguments, ref i, handler);
            else
                operands.Add(word);
        }

        return operands;
    }

    private void ReadLetters(string word, IReadOnlyList<string> arguments, ref int i, Action<GetoptOption, string?> handler)
    {
        for (int at = 1; at < word.Length; at++)
        {
            char letter = word[at];
            GetoptOption option = options.FirstOrDefault(one => one.Letter == letter && letter != '\0');
            if (option == default)
                throw Misuse($"invalid option -- '{letter}'");
            if (!option.TakesValue)
            {
                handler(option, null);
                continue;
            }

            handler(option, at + 1 < word.Length ? word[(at + 1)..] : Next(arguments, ref i, $"option requires an argument -- '{letter}'"));
            return;
        }
    }

    private void ReadLong(string text, IReadOnlyList<string> arguments, ref int i, Action<GetoptOption, string?> handler)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        GetoptOption[] meant = [.. options.Where(one => one.Long == name)];
        if (meant.Length == 0)
            meant = [.. options.Where(one => one.Long?.StartsWith(name, StringComparison.Ordinal) is true)];
        if (meant.Length == 0)
            throw Misuse($"unrecognized option '--{name}'");
        if (meant.Length > 1)
            throw Misuse($"option '--{name}' is ambiguous: {string.Join(", ", meant.Select(one => $"--{one.Long}"))}");
        if (!meant[0].TakesValue && equals >= 0)
            throw Misuse($"option '--{meant[0].Long}' doesn't allow an argument");
        string? value = !meant[0].TakesValue ? null
            : equals >= 0 ? text[(equals + 1)..]
            : Next(arguments, ref i, $"option '--{meant[0].Long}' requires an argument");
        handler(meant[0], value);
    }

    private string Next(IReadOnlyList<string> arguments, ref int i, string refusal) =>
        i + 1 < arguments.Count ? arguments[++i] : throw Misuse(refusal);

    private ToolException Misuse(string what) =>
        new(ToolException.WrongUsage, $"{what}: see netwhy {tool} --help");
}
