namespace NetWhy.Tools.Mtr;

/// <summary>A value that is being typed below the title of the live view.</summary>
/// <param name="key">The key that asked for it.</param>
/// <param name="question">What is asked for.</param>
internal sealed class MtrPrompt(char key, string question)
{
    private string _typed = "";

    /// <summary>The key that asked for it.</summary>
    internal char Key { get; } = key;

    /// <summary>The line to show.</summary>
    internal string Text => $"{question}: {_typed}_";

    /// <summary>Takes a key.</summary>
    /// <param name="pressed">The key.</param>
    /// <returns>What was typed when it is complete, empty if it was given up; null as long as it goes on.</returns>
    internal string? Type(char pressed)
    {
        switch (pressed)
        {
            case '\r' or '\n': return _typed;
            case '\e': return "";
            case '\x7f' or '\b':
                _typed = _typed.Length > 0 ? _typed[..^1] : "";
                break;
            case >= ' ' and <= '~' when _typed.Length < MtrField.Most:
                _typed += pressed;
                break;
        }

        return null;
    }
}
