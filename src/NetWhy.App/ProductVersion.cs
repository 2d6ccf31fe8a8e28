using NetWhy.App.Render;

namespace NetWhy.App;

/// <summary>The version of this build.</summary>
internal static class ProductVersion
{
    /// <summary>Such as <c>0.1.0</c>; the project file sets it.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>Writes it to standard output.</summary>
    /// <param name="asJson">Whether for a program.</param>
    /// <returns>What to exit with.</returns>
    public static int Show(bool asJson = false)
    {
        try
        {
            if (asJson)
                JsonOutput.Write("netwhy.version/1", json => json.WriteString("version", Text));
            else
                Terminal.WriteOutput($"netwhy {Text}\n");
            return ExitCode.Healthy;
        }
        catch (CommandException refusal)
        {
            Terminal.WriteError(refusal.Message);
            return refusal.ExitCode;
        }
    }
}
