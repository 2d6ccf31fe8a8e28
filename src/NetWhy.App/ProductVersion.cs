namespace NetWhy.App;

/// <summary>The version of this build.</summary>
internal static class ProductVersion
{
    /// <summary>Such as <c>0.1.0</c>; the project file sets it.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>Writes it to standard output.</summary>
    /// <returns>What to exit with.</returns>
    public static int Show()
    {
        try
        {
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
