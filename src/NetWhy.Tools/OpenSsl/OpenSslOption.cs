using System.Globalization;

namespace NetWhy.Tools.OpenSsl;

/// <summary>An option as it was typed.</summary>
/// <param name="Name">Its name, without dashes.</param>
/// <param name="Value">What follows it; null if it takes nothing.</param>
internal readonly record struct OpenSslOption(string Name, string? Value)
{
    /// <summary>The value of an option that takes one.</summary>
    internal string Text => Value ?? "";

    /// <summary>Reads command lines as openssl does: one dash or two, the value behind a <c>=</c> or in the next word, options before operands.</summary>
    /// <param name="command">The command, for messages.</param>
    /// <param name="words">The words behind the command.</param>
    /// <param name="takesValue">Tells of an option whether it takes a value; null if there is no such option.</param>
    /// <param name="operands">What stands behind the options.</param>
    /// <exception cref="OriginalRefusal">An option is unknown or lacks its value.</exception>
    internal static List<OpenSslOption> Parse(string command, IReadOnlyList<string> words, Func<string, bool?> takesValue, out IReadOnlyList<string> operands)
    {
        var options = new List<OpenSslOption>();
        int i = 0;
        while (i < words.Count && words[i] is ['-', ..] word)
        {
            i++;
            if (word is "--")
                break;
            string name = word.StartsWith("--", StringComparison.Ordinal) ? word[2..] : word[1..];
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            string? value = equals < 0 ? null : name[(equals + 1)..];
            name = equals < 0 ? name : name[..equals];
            bool needsValue = takesValue(name) ?? throw Misuse(command, $"Unknown option: -{name}");
            if (needsValue && value is null)
                value = i < words.Count ? words[i++] : throw Misuse(command, $"Option -{name} needs a value");
            if (!needsValue && value is not null)
                throw Misuse(command, $"Option -{name} does not take a value");
            options.Add(new OpenSslOption(name, value));
        }

        operands = [.. words.Skip(i)];
        return options;
    }

    /// <summary>The refusal of a command line, with the second line that openssl prints.</summary>
    /// <param name="command">The command.</param>
    /// <param name="what">What is wrong; null if there is nothing more to say.</param>
    internal static OriginalRefusal Misuse(string command, string? what) =>
        new(OpenSslTool.Failure, what is null ? "Use -help for summary." : $"{what}\n{command}: Use -help for summary.");

    /// <summary>Reads the value as a whole number.</summary>
    /// <param name="command">The command, for messages.</param>
    /// <exception cref="OriginalRefusal">It is none.</exception>
    internal long Number(string command)
    {
        string text = Text.Trim();
        bool isNegative = text.StartsWith('-');
        bool isHex = text.AsSpan(isNegative ? 1 : 0).StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        long number;
        bool isRead = isHex
            ? long.TryParse(text.AsSpan(isNegative ? 3 : 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : long.TryParse(text.AsSpan(isNegative ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isRead ? isNegative ? -number : number : throw Misuse(command, $"Can't parse \"{Text}\" as a number");
    }
}
